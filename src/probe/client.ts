import type { Clock } from '../base/clock.ts';
import { mapConcurrent } from '../base/concurrency.ts';
import type { ClientLine, ClientPlan } from './protocol.ts';
import { sidecarReader, sidecarReadiness } from './sidecar.ts';
import { runTarget } from './target.ts';
import type { Wire } from './wire.ts';

export interface ProbeClientOptions {
  readonly plan: ClientPlan;
  readonly clock: Clock;
  readonly wire: Wire;
  /** Takes one line of output, without the line's end. */
  readonly write: (line: string) => void;
  /** Ends the client early. */
  readonly signal: AbortSignal;
}

const sidecarRetryMs = 50;
const sidecarReportMs = 1_000;
/** How many targets are called at the same time; the rest wait until one is done or the deadline passes. */
const maxTargets = 64;

/**
 * Waits for the pod's own sidecar, calls every target of the plan and writes what it sees as JSON lines
 * (`ClientLine`); the last one is `complete`. Rejects only when the signal is aborted.
 */
export async function runProbeClient(options: ProbeClientOptions): Promise<void> {
  const { plan, clock, wire, signal } = options;
  const startedAt = clock.monotonic();
  const deadline = startedAt + plan.lifetimeSeconds * 1000;
  const write = (line: ClientLine): void => options.write(JSON.stringify(line));
  if (await waitForSidecar(options, { startedAt, deadline, write })) {
    const readSidecar = sidecarReader(wire, clock);
    await mapConcurrent(plan.targets, maxTargets, (target) =>
      runTarget({ namespace: plan.namespace, clock, wire, readSidecar, write, startedAt, deadline, signal }, target),
    );
  }
  signal.throwIfAborted();
  write({ type: 'complete' });
}

export interface SidecarWait {
  readonly startedAt: number;
  readonly deadline: number;
  readonly write: (line: ClientLine) => void;
}

/** True when the sidecar is ready; false when the deadline passed first. Says once a second what it waits for. */
export async function waitForSidecar(
  { clock, wire, signal }: Pick<ProbeClientOptions, 'clock' | 'wire' | 'signal'>,
  waiting: SidecarWait,
): Promise<boolean> {
  const { startedAt, deadline, write } = waiting;
  let nextReportAt = startedAt + sidecarReportMs;
  let lastDetail = '';
  while (clock.monotonic() < deadline) {
    const readiness = await sidecarReadiness(wire);
    const afterMs = clock.monotonic() - startedAt;
    if (readiness === 'Ready') {
      write({ type: 'proxy', state: 'Ready', afterMs, detail: '' });
      return true;
    }
    if (clock.monotonic() >= nextReportAt && readiness.detail !== lastDetail) {
      nextReportAt = clock.monotonic() + sidecarReportMs;
      lastDetail = readiness.detail;
      write({ type: 'proxy', state: 'Waiting', afterMs, detail: readiness.detail });
    }
    await clock.sleep(sidecarRetryMs, signal);
  }
  return false;
}
