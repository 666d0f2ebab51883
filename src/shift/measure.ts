import type { StoredShift } from '../api/mesh-shift.ts';
import { subsetName } from '../istio/mesh-service.ts';
import { type Histogram, noDurations } from '../istio/request-durations.ts';
import { serverTime } from '../observe/shifts.ts';
import type { ShiftContext } from './context.ts';
import { type CallerWindow, callersTogether, type Tally, together, windowOf, withoutTarget } from './counters.ts';
import type { ComparedP99 } from './events.ts';
import { judge, type StepWindow } from './judge.ts';
import { judgeAll, type ServiceJudgement } from './judge-all.ts';
import { p99 } from './judge-latency.ts';
import type { Judgement } from './judgement.ts';
import { allOf, durationsOf, latencyBetween, type ProxyDurations, quantileOf, type ShiftDurations } from './latency.ts';
import { parseLimits } from './limits.ts';
import { readCounts, readDurations } from './readings.ts';
import { shiftedHosts } from './weights.ts';

/** What the source clusters showed of each service, by its name as proxies have it. */
export type Baseline = ReadonlyMap<string, Shown>;

export interface Shown {
  readonly counted: Tally;
  readonly durations: Histogram;
}

/** What was measured of a step, and what follows. */
export interface StepMeasure {
  readonly judgement: Judgement;
  /** The target's share, such as `25.3%`. */
  readonly measured: string;
  readonly requests: number;
  readonly errors: number;
  /** Of all services together; undefined where p99 is not limited. */
  readonly p99: ComparedP99 | undefined;
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
  readonly durations: ShiftDurations;
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
  const limits = parseLimits(spec.abortOn);
  const judging = { share, baseline, limits };
  // Sidecars are asked for it where something depends on it: it doubles what is read.
  const look = async (): Promise<Look> => ({
    counts: await readCounts(context, [...services.keys()]),
    durations: limits.p99 === undefined ? [] : await readDurations(context),
  });
  const comparedP99 = (windows: readonly ServiceWindow[]): { p99?: ComparedP99 } =>
    limits.p99 === undefined ? {} : { p99: p99Of(windows, judging) };
  const before = await look();
  const started = clock.monotonic();
  let said = '';
  let blindLooks: ReadonlyMap<string, number> = new Map();
  while (await isOn()) {
    await clock.sleep(Math.min(lookMs, spec.everySeconds * 1000), signal);
    const after = await look();
    const windows = windowsOf(spec, before, after);
    const callers = callersTogether(windows.map((one) => one.callers));
    const leftMs = Math.max(0, started + spec.everySeconds * 1000 - clock.monotonic());
    const expiresInMs = Math.max(0, Date.parse(spec.expiresAt) - serverTime(home, clock.now()));
    const counted = { step, of: spec.steps.length, share, callers, ...comparedP99(windows), leftMs, expiresInMs };
    report({ type: 'Counted', details: counted });
    blindLooks = new Map(windows.map((one) => [one.host, looksWithout(one, blindLooks)]));
    if ([...blindLooks.values()].some((looks) => looks > 0 && looks < looksToGoBack)) continue;
    const judgement = judgeAll(windows.map((one) => judgementOf(one, judging)));
    if (judgement.verdict !== 'Back' && leftMs > 0) continue;
    for (const window of windows) {
      const service = services.size > 1 && { service: window.name };
      const sampled = { step, share, ...service, callers: window.callers, ...comparedP99([window]) };
      report({ type: 'Sampled', details: sampled });
    }
    if (judgement.verdict !== 'Hold' || judgement.reason !== said)
      report({ type: 'Judged', details: { step, ...judgement } });
    said = judgement.reason;
    if (judgement.verdict !== 'Hold') return measureOf(judgement, windows, comparedP99(windows).p99);
  }
  return undefined;
}

/** What sidecars say at one moment. */
interface Look {
  readonly counts: Awaited<ReturnType<typeof readCounts>>;
  readonly durations: readonly ProxyDurations[];
}

function windowsOf(spec: StoredShift['spec'], before: Look, after: Look): readonly ServiceWindow[] {
  const from = Object.keys(spec.from);
  const subsets = { target: subsetName(spec.to), sources: from.map(subsetName) };
  const flows = latencyBetween(before.durations, after.durations);
  return [...shiftedHosts(spec)].map(([host, { name }]) => {
    const now = after.counts.get(host) ?? [];
    const callers = windowOf(before.counts.get(host) ?? [], now, subsets);
    const durations = durationsOf(flows, { host, to: spec.to, from });
    const without = withoutTarget(now, subsets.target);
    return { host, name, callers, counted: together(callers), withoutTarget: without, durations };
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
  const judgement = judge({
    ...{ share, counted, limits },
    baseline: baseline.get(host)?.counted ?? { requests: 0, errors: 0 },
    durations: comparedDurations(window, { share, baseline }),
    withoutTarget: without,
  });
  const requests = counted.target.requests + counted.sources.requests + counted.elsewhere;
  return { name, judgement, requests };
}

/** At the last step a histogram may still hold what the source clusters answered before it. */
function comparedDurations(
  { host, durations }: ServiceWindow,
  { share, baseline }: Pick<Judging, 'share' | 'baseline'>,
): ShiftDurations {
  return share < 100 ? durations : { ...durations, sources: baseline.get(host)?.durations ?? noDurations };
}

function p99Of(windows: readonly ServiceWindow[], judging: Judging): ComparedP99 {
  const compared = windows.map((window) => comparedDurations(window, judging));
  return {
    target: quantileOf(allOf(compared.map(({ target }) => target)), p99),
    sources: quantileOf(allOf(compared.map(({ sources }) => sources)), p99),
  };
}

function measureOf(judgement: Judgement, windows: readonly ServiceWindow[], compared?: ComparedP99): StepMeasure {
  const { target, sources } = together(windows.flatMap(({ callers }) => callers));
  const requests = target.requests + sources.requests;
  const part = requests === 0 ? 0 : target.requests / requests;
  return {
    judgement,
    measured: `${Math.round(part * 1000) / 10}%`,
    requests,
    errors: target.errors + sources.errors,
    p99: compared,
    sources: new Map(
      windows.map(({ host, counted, durations }) => [host, { counted: counted.sources, durations: durations.sources }]),
    ),
  };
}
