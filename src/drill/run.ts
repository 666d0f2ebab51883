import { serverTime } from '../observe/shifts.ts';
import { arm, disarm } from '../undo/arm.ts';
import { drillAnnotations } from '../undo/drill-note.ts';
import { putEarlierRight } from '../undo/earlier.ts';
import type { UndoResult } from '../undo/undo.ts';
import { drillUndoName } from '../undo/undo-objects.ts';
import type { UndoRecord } from '../undo/undo-record.ts';
import { type Broken, breakFor } from './break-for.ts';
import { faultsOf, refusedDrill } from './breaking.ts';
import { type CalledService, countCalls } from './calls.ts';
import type { DrillContext } from './context.ts';
import { type Fault, faultText, type ServiceName } from './fault.ts';
import { type Judged, judgeCaller, type Predicted } from './judge.ts';
import { type DrillLoad, type LoadOptions, startLoad } from './load.ts';
import { type CallerTimeline, timelineOf } from './timeline.ts';

export interface DrillPlan extends Omit<LoadOptions, 'lifetimeMs'> {
  readonly fault: Fault;
  /** For how long it stays broken, in milliseconds. */
  readonly forMs: number;
  /** The service of the mesh that is broken: its own callers are counted, and no load is made. */
  readonly called?: CalledService | undefined;
  /** Where the model sends the requests of each caller while the fault lasts; asked when everything is in place. */
  readonly predict: (service: ServiceName) => Promise<ReadonlyMap<string, Predicted>>;
}

export interface DrilledCaller {
  readonly from: string;
  readonly predicted: Predicted | undefined;
  readonly timeline: CallerTimeline;
  readonly judged: Judged;
}

export interface DrillResult {
  readonly service: ServiceName;
  readonly callers: readonly DrilledCaller[];
  readonly restored: UndoResult;
}

/** How much later than a process that lives the undoer repairs the fault. */
const graceMs = 30_000;
/** How long requests may take to go as before. */
const returnMs = 90_000;
const lookMs = 1_000;

/**
 * Breaks one thing for a while under a steady load, repairs it, and says where requests went. What repairs it without this process
 * runs before anything is broken.
 */
export async function runDrill(context: DrillContext, plan: DrillPlan): Promise<DrillResult> {
  const { clients, clock, signal } = context;
  const client = clients.get(plan.fault.cluster);
  if (client === undefined) throw refusedDrill(`${plan.fault.cluster} does not answer`, 'try again when it does');
  await putEarlierRight(clients.values(), drillUndoName, context);
  await using load =
    plan.called === undefined
      ? await startLoad(context, { ...plan, lifetimeMs: plan.forMs + graceMs + returnMs })
      : await countCalls(context, plan.called);
  const { service } = load;
  const predicted = await plan.predict(service);
  const faults = await faultsOf(client, plan.fault, { service, signal });
  const expiresAt = new Date(serverTime(client, clock.now()) + plan.forMs + graceMs + armingMs).toISOString();
  const heartbeat = drillUndoName;
  const record: UndoRecord = {
    version: 1,
    mesh: context.mesh,
    subject: 'drill',
    expiresAt,
    heartbeat,
    entries: [],
    faults: [...faults],
  };
  try {
    const annotations = drillAnnotations({ fault: faultText(plan.fault), forMs: plan.forMs });
    await arm(client, context, { name: drillUndoName, image: plan.image, record, annotations, refuse: refusedDrill });
    context.report({ type: 'Armed', cluster: client.cluster, details: { expiresAt } });
    // Arming takes a while: what fails by now has another cause.
    await load.calm();
  } catch (thrown) {
    // Where that fails too, the next drill takes it away; nothing is broken.
    await disarm(client, drillUndoName, new AbortController().signal).catch(() => undefined);
    throw thrown;
  }
  const broken = await breakFor(context, client, { fault: plan.fault, forMs: plan.forMs, record });
  const timelines = await comeBack(load, context, broken);
  const callers = [...timelines].map(([from, timeline]) => {
    const expected = predicted.get(from);
    return { from, predicted: expected, timeline, judged: judgeCaller(expected, timeline) };
  });
  return { service, callers, restored: broken.result };
}

/** The undoer may take this long to run. */
const armingMs = 300_000;

/** Waits until requests go as before, for a while; the load of every caller by then. */
async function comeBack(
  load: DrillLoad,
  { clock, signal }: DrillContext,
  { brokenAt, restoredAt }: Broken,
): Promise<ReadonlyMap<string, CallerTimeline>> {
  const until = clock.monotonic() + returnMs;
  for (;;) {
    await clock.sleep(lookMs, signal);
    const timelines = new Map(
      [...(await load.sent())].map(([from, spans]) => [from, timelineOf(spans, { brokenAt, restoredAt })] as const),
    );
    const isBack = [...timelines.values()].every(({ returnedMs, after }) => returnedMs !== null && after.lost === 0);
    const isLong = clock.now() - restoredAt > calmMs;
    if ((isBack && isLong) || clock.monotonic() > until) return timelines;
  }
}

/** Requests are watched for so long after the repair at least. */
const calmMs = 6_000;
