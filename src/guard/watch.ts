import { routeSettleMs } from '../istio/mesh-service.ts';
import { readRequests } from '../shift/readings.ts';
import { type FlowCount, flowsOfBoth, type PlaceOf, type ProxyRequests, requestsBetween } from '../shift/requests.ts';
import type { GuardContext } from './context.ts';
import { isMoved, type JudgedFlow, judgeFlow, type PredictedFlow, type WatchedFlow } from './judge.ts';

/** What was counted before the change. */
export interface Baseline {
  /** When the change began. */
  readonly start: readonly ProxyRequests[];
  /** In a window before it. */
  readonly window: readonly FlowCount[];
}

export interface Watching {
  readonly baseline: Baseline;
  readonly predicted: readonly PredictedFlow[];
  readonly placeOf: PlaceOf;
  /** For how long, in milliseconds. */
  readonly forMs: number;
  readonly signal: AbortSignal;
}

/** Between two looks at the counters, in milliseconds. */
const lookMs = 2_000;

/** Watches every request of the mesh for a while; ends early where a flow shows harm. */
export async function watchChange(
  context: GuardContext,
  { baseline, predicted, placeOf, forMs, signal }: Watching,
): Promise<readonly JudgedFlow[]> {
  const { clock, report } = context;
  const started = clock.monotonic();
  let last = baseline.start;
  let after: readonly FlowCount[] = [];
  let settled: readonly FlowCount[] = [];
  let isSettled = false;
  for (;;) {
    await clock.sleep(Math.min(lookMs, forMs), signal);
    const now = await readRequests({ ...context, signal });
    const more = requestsBetween(last, now, placeOf);
    last = now;
    after = flowsOfBoth(after, more);
    if (isSettled) settled = flowsOfBoth(settled, more);
    const elapsed = clock.monotonic() - started;
    isSettled = elapsed >= routeSettleMs;
    const flows = flowsOf({ before: baseline.window, after, settled, predicted });
    const isOver = elapsed >= forMs;
    const judged = flows.map((flow) => ({ flow, ...judgeFlow(flow, isOver ? 'AtTheEnd' : 'Meanwhile') }));
    const counted = flows.map(({ from, host, after: { requests, errors } }) => ({
      from,
      host,
      requests,
      failed: errors,
    }));
    report({ type: 'Watched', details: { flows: counted, leftMs: Math.max(0, forMs - elapsed) } });
    if (isOver || judged.some(({ verdict }) => verdict === 'Back')) return judged;
  }
}

interface Known {
  readonly before: readonly FlowCount[];
  readonly after: readonly FlowCount[];
  readonly settled: readonly FlowCount[];
  readonly predicted: readonly PredictedFlow[];
}

/** The flows that have requests since the change, and those that it moves. */
function flowsOf({ before, after, settled, predicted }: Known): readonly WatchedFlow[] {
  const quiet = predicted
    .filter((one) => isMoved(one) && !after.some((flow) => isSame(flow, one)))
    .map(({ from, host }) => nothing(from, host));
  return [...after, ...quiet].map((flow) => {
    const { from, host } = flow;
    const find = (flows: readonly FlowCount[]): FlowCount =>
      flows.find((one) => isSame(one, flow)) ?? nothing(from, host);
    return {
      ...{ from, host, before: find(before), after: flow, settled: find(settled) },
      predicted: predicted.find((one) => isSame(one, flow)),
    };
  });
}

interface Named {
  readonly from: string;
  readonly host: string;
}

function isSame(one: Named, other: Named): boolean {
  return one.from === other.from && one.host === other.host;
}

function nothing(from: string, host: string): FlowCount {
  return { from, host, requests: 0, errors: 0, answered: {} };
}
