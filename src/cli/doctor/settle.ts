import type { Clock } from '../../base/clock.ts';
import type { Cause, DoctorReport } from '../../report/doctor.ts';
import { type FixPlan, nameOf } from './fix.ts';
import type { DoctorLook } from './look.ts';

/** Pause between two looks, in milliseconds. */
const pauseMs = 2_000;

/** Progress is reported when something changes, and else each time after so long, in milliseconds. */
const tellEveryMs = 10_000;

/** What stays the same for so long is taken for what a command does not correct, in milliseconds. */
const unchangedMs = 60_000;

export interface Settling {
  readonly look: () => Promise<DoctorLook>;
  readonly plan: FixPlan;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly signal: AbortSignal;
  /** How long it may take, in milliseconds. */
  readonly limitMs: number;
  readonly tell: (line: string) => void;
}

/**
 * Looks until nothing is found but what was left alone: pods start, istiods read their peers again and proxies get what
 * is new only some time after a command has ended. Gives the last look, which still has what did not go.
 */
export async function settled({ look, plan, clock, signal, limitMs, tell }: Settling): Promise<DoctorLook> {
  const started = clock.monotonic();
  let told = { words: '', at: started };
  let changedAt = started;
  for (;;) {
    const seen = await look();
    const words = unsettled(seen.report, plan).map(nameOf).join(', ');
    const now = clock.monotonic();
    if (words !== told.words) changedAt = now;
    if (words === '' || now - changedAt >= unchangedMs || now - started + pauseMs > limitMs) return seen;
    if (words !== told.words || now - told.at >= tellEveryMs) {
      told = { words, at: now };
      tell(`waiting until it has settled, for ${Math.round((now - started) / 1000)} s: ${words}\n`);
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** What is found that was not left to the reader; a note is nothing to wait for. */
function unsettled({ findings }: DoctorReport, { left }: FixPlan): readonly Cause[] {
  const leftAlone = new Set(left.map(keyOf));
  return findings.filter((cause) => cause.severity !== 'info' && !leftAlone.has(keyOf(cause)));
}

function keyOf({ cluster, code, object, peer }: Cause): string {
  return JSON.stringify([cluster, code, object, peer]);
}
