import type { StoredShift } from '../api/mesh-shift.ts';
import { subsetName } from '../istio/mesh-service.ts';
import { serverTime } from '../observe/shifts.ts';
import type { ShiftContext } from './context.ts';
import { type CallerWindow, callersTogether, type Tally, together, windowOf, withoutTarget } from './counters.ts';
import { type Judgement, judge, type StepWindow } from './judge.ts';
import { judgeAll, type ServiceJudgement } from './judge-all.ts';
import { parseLimits } from './limits.ts';
import { readCounts } from './readings.ts';
import { shiftedHosts } from './weights.ts';

/** What the source clusters showed of each service, by its name as proxies have it. */
export type Baseline = ReadonlyMap<string, Tally>;

/** What was measured of a step, and what follows. */
export interface StepMeasure {
  readonly judgement: Judgement;
  /** The target's share, such as `25.3%`. */
  readonly measured: string;
  readonly requests: number;
  readonly errors: number;
  readonly sources: Baseline;
}

export interface Measuring {
  readonly step: number;
  readonly baseline: Baseline;
  /** False where the shift no longer runs. Throws where the step has had its time. */
  readonly isOn: () => Promise<boolean>;
}

/** Between two looks at the counters, in milliseconds. */
const lookMs = 2_000;
/** A target without a healthy endpoint goes back after so many looks in a row: a pod may miss one probe of its kubelet. */
const looksToGoBack = 3;

/** What was counted of one service until a look. */
interface ServiceWindow {
  readonly host: string;
  readonly name: string;
  readonly callers: readonly CallerWindow[];
  readonly counted: Omit<CallerWindow, 'from'>;
  readonly withoutTarget: readonly string[];
}

/**
 * Counts from now on and judges again and again: Back as soon as it is known, Advance when the step has had its time.
 * Undefined where the shift no longer runs.
 */
export async function measureStep(
  context: ShiftContext,
  { spec }: StoredShift,
  { step, baseline, isOn }: Measuring,
): Promise<StepMeasure | undefined> {
  const { clock, home, signal, report } = context;
  const share = spec.steps[step - 1] ?? 0;
  const services = shiftedHosts(spec);
  const judging = { share, baseline, limits: parseLimits(spec.abortOn) };
  const before = await readCounts(context, [...services.keys()]);
  const started = clock.monotonic();
  let said = '';
  let blindLooks: ReadonlyMap<string, number> = new Map();
  while (await isOn()) {
    await clock.sleep(Math.min(lookMs, spec.everySeconds * 1000), signal);
    const after = await readCounts(context, [...services.keys()]);
    const windows = windowsOf(spec, before, after);
    const callers = callersTogether(windows.map((one) => one.callers));
    const leftMs = Math.max(0, started + spec.everySeconds * 1000 - clock.monotonic());
    const expiresInMs = Math.max(0, Date.parse(spec.expiresAt) - serverTime(home, clock.now()));
    report({ type: 'Counted', details: { step, of: spec.steps.length, share, callers, leftMs, expiresInMs } });
    blindLooks = new Map(windows.map((one) => [one.host, looksWithout(one, blindLooks)]));
    if ([...blindLooks.values()].some((looks) => looks > 0 && looks < looksToGoBack)) continue;
    const judgement = judgeAll(windows.map((one) => judgementOf(one, judging)));
    if (judgement.verdict !== 'Back' && leftMs > 0) continue;
    for (const { name, callers: own } of windows) {
      report({ type: 'Sampled', details: { step, share, ...(services.size > 1 && { service: name }), callers: own } });
    }
    if (judgement.verdict !== 'Hold' || judgement.reason !== said)
      report({ type: 'Judged', details: { step, ...judgement } });
    said = judgement.reason;
    if (judgement.verdict !== 'Hold') return measureOf(judgement, windows);
  }
  return undefined;
}

type Counts = Awaited<ReturnType<typeof readCounts>>;

function windowsOf(spec: StoredShift['spec'], before: Counts, after: Counts): readonly ServiceWindow[] {
  const subsets = { target: subsetName(spec.to), sources: Object.keys(spec.from).map(subsetName) };
  return [...shiftedHosts(spec)].map(([host, { name }]) => {
    const now = after.get(host) ?? [];
    const callers = windowOf(before.get(host) ?? [], now, subsets);
    return { host, name, callers, counted: together(callers), withoutTarget: withoutTarget(now, subsets.target) };
  });
}

/** At how many looks in a row a sidecar had no healthy endpoint of the target. */
function looksWithout({ host, withoutTarget: without }: ServiceWindow, before: ReadonlyMap<string, number>): number {
  return without.length === 0 ? 0 : (before.get(host) ?? 0) + 1;
}

interface Judging extends Pick<StepWindow, 'share' | 'limits'> {
  readonly baseline: Baseline;
}

function judgementOf(window: ServiceWindow, { share, limits, baseline }: Judging): ServiceJudgement {
  const { host, name, counted, withoutTarget: without } = window;
  const none = { requests: 0, errors: 0 };
  const judgement = judge({
    ...{ share, counted, limits },
    baseline: baseline.get(host) ?? none,
    withoutTarget: without,
  });
  const requests = counted.target.requests + counted.sources.requests + counted.elsewhere;
  return { name, judgement, requests };
}

function measureOf(judgement: Judgement, windows: readonly ServiceWindow[]): StepMeasure {
  const { target, sources } = together(windows.flatMap(({ callers }) => callers));
  const requests = target.requests + sources.requests;
  const part = requests === 0 ? 0 : target.requests / requests;
  return {
    judgement,
    measured: `${Math.round(part * 1000) / 10}%`,
    requests,
    errors: target.errors + sources.errors,
    sources: new Map(windows.map(({ host, counted }) => [host, counted.sources])),
  };
}
