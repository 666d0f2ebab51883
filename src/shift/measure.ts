import type { StoredShift } from '../api/mesh-shift.ts';
import { subsetName } from '../istio/mesh-service.ts';
import { serverTime } from '../observe/shifts.ts';
import type { ShiftContext } from './context.ts';
import { type Tally, together, windowOf, withoutTarget } from './counters.ts';
import { type Judgement, judge, type StepWindow } from './judge.ts';
import { parseLimits } from './limits.ts';
import { readCounts } from './readings.ts';

/** What was measured of a step, and what follows. */
export interface StepMeasure {
  readonly judgement: Judgement;
  /** The target's share, such as `25.3%`. */
  readonly measured: string;
  readonly requests: number;
  readonly errors: number;
  /** What the source clusters showed. */
  readonly sources: Tally;
}

export interface Measuring {
  readonly step: number;
  readonly host: string;
  readonly baseline: Tally;
  /** False where the shift no longer runs. Throws where the step has had its time. */
  readonly isOn: () => Promise<boolean>;
}

/** Between two looks at the counters, in milliseconds. */
const lookMs = 2_000;
/** A target without a healthy endpoint goes back after so many looks in a row: a pod may miss one probe of its kubelet. */
const looksToGoBack = 3;

/**
 * Counts from now on and judges again and again: Back as soon as it is known, Advance when the step has had its time.
 * Undefined where the shift no longer runs.
 */
export async function measureStep(
  context: ShiftContext,
  { spec }: StoredShift,
  { step, host, baseline, isOn }: Measuring,
): Promise<StepMeasure | undefined> {
  const { clock, home, signal, report } = context;
  const subsets = { target: subsetName(spec.to), sources: Object.keys(spec.from).map(subsetName) };
  const share = spec.steps[step - 1] ?? 0;
  const limits = parseLimits(spec.abortOn);
  const before = await readCounts(context, host);
  const started = clock.monotonic();
  let said = '';
  let blindLooks = 0;
  while (await isOn()) {
    await clock.sleep(Math.min(lookMs, spec.everySeconds * 1000), signal);
    const after = await readCounts(context, host);
    const callers = windowOf(before, after, subsets);
    const counted = together(callers);
    const leftMs = Math.max(0, started + spec.everySeconds * 1000 - clock.monotonic());
    const expiresInMs = Math.max(0, Date.parse(spec.expiresAt) - serverTime(home, clock.now()));
    report({ type: 'Counted', details: { step, of: spec.steps.length, share, callers, leftMs, expiresInMs } });
    const without = withoutTarget(after, subsets.target);
    blindLooks = without.length === 0 ? 0 : blindLooks + 1;
    if (blindLooks > 0 && blindLooks < looksToGoBack) continue;
    const window: StepWindow = { share, counted, baseline, withoutTarget: without, limits };
    const judgement = judge(window);
    if (judgement.verdict !== 'Back' && leftMs > 0) continue;
    report({ type: 'Sampled', details: { step, share, callers } });
    if (judgement.verdict !== 'Hold' || judgement.reason !== said)
      report({ type: 'Judged', details: { step, ...judgement } });
    said = judgement.reason;
    if (judgement.verdict !== 'Hold') return measureOf(judgement, counted);
  }
  return undefined;
}

function measureOf(judgement: Judgement, { target, sources }: StepWindow['counted']): StepMeasure {
  const requests = target.requests + sources.requests;
  const part = requests === 0 ? 0 : target.requests / requests;
  return {
    judgement,
    measured: `${Math.round(part * 1000) / 10}%`,
    requests,
    errors: target.errors + sources.errors,
    sources,
  };
}
