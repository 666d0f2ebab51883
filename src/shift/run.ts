import type { MeshShiftStatus, StoredShift } from '../api/mesh-shift.ts';
import { timeOf } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import { subsetName } from '../istio/mesh-service.ts';
import { isLiving } from '../mesh/shifted.ts';
import { splitAt } from '../mesh/split-at.ts';
import { serverTime } from '../observe/shifts.ts';
import { locked, type ShiftContext, shiftName } from './context.ts';
import { goBack, hasEnded } from './end.ts';
import type { ComparedP99 } from './events.ts';
import { record, theIntent } from './intent.ts';
import type { Quantile } from './latency.ts';
import { type Baseline, measureStep, type StepMeasure } from './measure.ts';
import { readRoutes } from './readings.ts';
import { hasWeights, type RouteWeights } from './routes.ts';
import { shiftedHosts, writeStep, writeSubsets } from './weights.ts';

export interface RunOptions {
  /** How long a step may go without a verdict, in milliseconds. */
  readonly patienceMs: number;
}

/** How often sidecars are asked whether they have the weights, in milliseconds. */
const spreadMs = 500;
const largestInt32 = 2_147_483_647;

/**
 * Carries a shift on from where it is: step by step it records, writes, waits until every sidecar that calls the service has
 * the weights, measures and judges. Ends where its last step was passed, where it went back, and where someone else paused or
 * ended it. Throws `timeout` where a step goes without a verdict for too long; then the shift is paused.
 */
export async function runShift(context: ShiftContext, name: string, options: RunOptions): Promise<StoredShift> {
  const known: Round['known'] = { baseline: new Map() };
  for (;;) {
    const ended = await round(context, name, { ...options, known }).catch((thrown: unknown) => {
      // Someone else paused or ended it between a look and a record: the next look tells.
      if (thrown instanceof IsthmusError && thrown.code === 'conflict' && thrown.retry) return undefined;
      throw thrown;
    });
    if (ended !== undefined) return ended;
  }
}

interface Round extends RunOptions {
  /** What the source clusters showed of each service at the last step at which they got something. */
  readonly known: { baseline: Baseline };
}

/** One step; the shift where that is over. */
async function round(
  context: ShiftContext,
  name: string,
  { known, ...options }: Round,
): Promise<StoredShift | undefined> {
  const shift = await theIntent(context, name);
  if (isOver(context, shift)) return await over(context, shift);
  const { step, isJudged } = placeOf(shift);
  if (isJudged && step === shift.spec.steps.length) return await pass(context, shift);
  const next = isJudged ? step + 1 : step;
  const begun = await beginStep(context, name, next);
  if (begun === undefined) return undefined;
  const measure = await judgeStep(context, begun, { ...options, step: next, baseline: known.baseline });
  if (measure === undefined) return undefined;
  known.baseline = new Map([
    ...known.baseline,
    ...[...measure.sources].filter(([, { counted }]) => counted.requests > 0),
  ]);
  await conclude(context, name, { step: next, measure });
  return undefined;
}

/** The step whose weights hold, and whether the one after it may begin. */
function placeOf({ status }: StoredShift): { readonly step: number; readonly isJudged: boolean } {
  const step = status?.step ?? 0;
  const last = status?.verdicts.find((one) => one.step === step);
  return { step, isJudged: step === 0 || last?.verdict === 'Advance' };
}

function isOver({ home, clock }: ShiftContext, shift: StoredShift): boolean {
  return shift.status?.phase === 'GoingBack' || !isRunning(shift) || !isLiving(shift, serverTime(home, clock.now()));
}

function isRunning({ status }: StoredShift): boolean {
  return status === undefined || status.phase === 'Running';
}

/** What is to be done about a shift that no longer runs: one that is on its way back, or whose time is over, goes back. */
async function over(context: ShiftContext, shift: StoredShift): Promise<StoredShift> {
  if (hasEnded(shift) || isPausedOrPassed(context, shift)) return shift;
  const isGoing = shift.status?.phase === 'GoingBack';
  const reason = isGoing ? (shift.status?.message ?? 'it was going back') : 'its time is over';
  return await goBack(context, shiftName(shift.spec.service), { phase: 'WentBack', reason });
}

function isPausedOrPassed({ home, clock }: ShiftContext, shift: StoredShift): boolean {
  const { phase } = shift.status ?? { phase: 'Running' };
  return (phase === 'Paused' || phase === 'Passed') && isLiving(shift, serverTime(home, clock.now()));
}

async function pass(context: ShiftContext, shift: StoredShift): Promise<StoredShift> {
  const message = `every step was passed; the weights go back at ${shift.spec.expiresAt} unless they are kept`;
  const passed = await record(context, shift, { phase: 'Passed', message });
  context.report({ type: 'Ended', details: { phase: 'Passed', message } });
  return passed;
}

/** Records a step, then writes it: whoever finds it recorded and not judged writes it again. Undefined where it ended meanwhile. */
async function beginStep(context: ShiftContext, name: string, step: number): Promise<StoredShift | undefined> {
  return await locked(context, async () => {
    const found = await theIntent(context, name);
    if (isOver(context, found)) return undefined;
    const isNew = found.status?.step !== step;
    if (step === 1) await writeSubsets(context, found);
    const begun = isNew
      ? await record(context, found, { phase: 'Running', step, stepSince: timeOf(context.clock) })
      : found;
    await writeStep(context, begun, step);
    context.report({
      type: 'Written',
      details: { step, of: begun.spec.steps.length, weights: splitAt(begun.spec, step) },
    });
    return begun;
  });
}

interface Step extends RunOptions {
  readonly step: number;
  readonly baseline: Baseline;
}

/** Waits until the weights are everywhere, then measures until there is a verdict. Undefined where the shift no longer runs. */
async function judgeStep(context: ShiftContext, shift: StoredShift, step: Step): Promise<StepMeasure | undefined> {
  const { clock } = context;
  const until = clock.monotonic() + step.patienceMs + shift.spec.everySeconds * 1000;
  const name = shiftName(shift.spec.service);
  const isOn = async (): Promise<boolean> => {
    if (isOver(context, await theIntent(context, name))) return false;
    if (clock.monotonic() < until) return true;
    throw new IsthmusError('timeout', `step ${step.step} of the shift of ${name} has no verdict after its time`, {
      remedy: 'the weights of the step hold until the shift expires: resume it, or put the old weights back',
    });
  };
  if (!(await spread(context, shift, { ...step, isOn }))) return undefined;
  return await measureStep(context, shift, { ...step, isOn });
}

/** True when every sidecar that calls the service has the weights of the step. */
async function spread(
  context: ShiftContext,
  { spec }: StoredShift,
  { step, isOn }: Step & { readonly isOn: () => Promise<boolean> },
): Promise<boolean> {
  const { clock, report, signal } = context;
  const started = clock.monotonic();
  const wanted: RouteWeights = Object.fromEntries(
    Object.entries(splitAt(spec, step)).map(([cluster, weight]) => [subsetName(cluster), weight]),
  );
  const hosts = [...shiftedHosts(spec).keys()];
  let said = '';
  while (await isOn()) {
    const callers = (await readRoutes(context, hosts)).filter(
      ({ routes }) => routes === undefined || routes.length > 0,
    );
    const lacking = callers.filter(({ routes }) => routes === undefined || !hasWeights(routes, wanted));
    const proxies = callers.length;
    if (lacking.length === 0 && proxies > 0) {
      report({ type: 'Programmed', details: { step, proxies, afterMs: Math.round(clock.monotonic() - started) } });
      return true;
    }
    const names = lacking.map(({ proxy }) => proxy);
    if (names.join() !== said) report({ type: 'Spreading', details: { step, proxies, lacking: names } });
    said = names.join();
    await clock.sleep(spreadMs, signal);
  }
  return false;
}

/** Records the verdict of a step; what it says is done in the next round. */
async function conclude(
  context: ShiftContext,
  name: string,
  { step, measure }: { readonly step: number; readonly measure: StepMeasure },
): Promise<void> {
  const { verdict, reason } = measure.judgement;
  const found = await theIntent(context, name);
  if (isOver(context, found)) return;
  const one: MeshShiftStatus['verdicts'][number] = {
    step,
    share: found.spec.steps[step - 1] ?? 0,
    verdict,
    reason: reason.slice(0, 1000),
    at: timeOf(context.clock),
    measured: measure.measured,
    requests: measure.requests,
    errors: measure.errors,
    ...(measure.p99 && { p99: storedP99(measure.p99) }),
  };
  const others = (found.status?.verdicts ?? []).filter((other) => other.step !== step);
  await record(context, found, { verdicts: [...others, one] });
  if (verdict === 'Back') await goBack(context, name, { phase: 'WentBack', reason });
}

type StoredP99 = NonNullable<MeshShiftStatus['verdicts'][number]['p99']>;

/** Whole microseconds: numbers of objects have no fraction. */
function storedP99({ target, sources }: ComparedP99): StoredP99 {
  return { ...(target && { target: stored(target) }), ...(sources && { sources: stored(sources) }) };
}

function stored({ ms, fromMs, toMs, requests }: Quantile): NonNullable<StoredP99['target']> {
  const microseconds = (of: number): number => Math.min(largestInt32, Math.round(of * 1000));
  return {
    microseconds: microseconds(ms),
    from: microseconds(fromMs),
    ...(toMs !== undefined && { to: microseconds(toMs) }),
    requests,
  };
}
