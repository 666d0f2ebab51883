import { istioNamespace } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { acquireLease } from '../kube/lease.ts';
import { describeRef } from '../objects/object.ts';
import { serverTime } from '../observe/shifts.ts';
import { arm, disarm, readUndo } from '../undo/arm.ts';
import { patchObject, type UndoResult, undoIn } from '../undo/undo.ts';
import { drillUndoName } from '../undo/undo-objects.ts';
import type { UndoRecord } from '../undo/undo-record.ts';
import { faultsOf, refusedDrill } from './breaking.ts';
import type { DrillContext } from './context.ts';
import { type Fault, faultText } from './fault.ts';
import { type Ground, type GroundOptions, openGround } from './ground.ts';
import { type Judged, judgeCaller, type Predicted } from './judge.ts';
import { type CallerTimeline, timelineOf } from './timeline.ts';

export interface DrillPlan extends Omit<GroundOptions, 'lifetimeMs'> {
  readonly fault: Fault;
  /** For how long it stays broken, in milliseconds. */
  readonly forMs: number;
  /** Where the model sends the requests of each caller while the fault lasts; asked when everything is in place. */
  readonly predict: (service: Ground['service']) => Promise<ReadonlyMap<string, Predicted>>;
}

export interface DrilledCaller {
  readonly from: string;
  readonly predicted: Predicted | undefined;
  readonly timeline: CallerTimeline;
  readonly judged: Judged;
}

export interface DrillResult {
  readonly service: Ground['service'];
  readonly callers: readonly DrilledCaller[];
  readonly restored: UndoResult;
}

/** How much later than a process that lives the undoer repairs the fault. */
const graceMs = 30_000;
/** How long requests may take to go as before. */
const returnMs = 90_000;
const lookMs = 1_000;

/**
 * Breaks one thing for a while under a steady load in namespaces of its own, repairs it, and says where requests went. What repairs
 * it without this process runs before anything is broken.
 */
export async function runDrill(context: DrillContext, plan: DrillPlan): Promise<DrillResult> {
  const { clients, clock, signal } = context;
  const client = clients.get(plan.fault.cluster);
  if (client === undefined) throw refusedDrill(`${plan.fault.cluster} does not answer`, 'try again when it does');
  await repairEarlier(context);
  await using ground = await openGround(context, { ...plan, lifetimeMs: plan.forMs + graceMs + returnMs });
  const { service } = ground;
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
  await arm(client, context, { name: drillUndoName, image: plan.image, record, refuse: refusedDrill });
  context.report({ type: 'Armed', cluster: client.cluster, details: { expiresAt } });
  const broken = await whileArmed(client, async () => {
    // Arming takes a while: what fails by now has another cause.
    await ground.calm();
    return await breakAndRepair(context, client, { plan, record });
  });
  const timelines = await comeBack(ground, context, broken);
  const callers = [...timelines].map(([from, timeline]) => {
    const expected = predicted.get(from);
    return { from, predicted: expected, timeline, judged: judgeCaller(expected, timeline) };
  });
  return { service, callers, restored: broken.result };
}

async function whileArmed<T>(client: KubeClient, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await disarm(client, drillUndoName, new AbortController().signal);
  }
}

/** The undoer may take this long to run. */
const armingMs = 300_000;

/** What a drill left that was killed is put right before another begins. */
async function repairEarlier({ clients, clock, signal }: DrillContext): Promise<void> {
  for (const client of clients.values()) {
    const record = await readUndo(client, drillUndoName, signal);
    if (record === undefined) continue;
    await undoIn(client, record, { clock, signal });
    await disarm(client, drillUndoName, signal);
  }
}

interface Broken {
  /** By the clock of this process, in milliseconds since the epoch. */
  readonly brokenAt: number;
  readonly restoredAt: number;
  readonly result: UndoResult;
}

async function breakAndRepair(
  context: DrillContext,
  client: KubeClient,
  { plan, record }: { readonly plan: DrillPlan; readonly record: UndoRecord },
): Promise<Broken> {
  const { clock, holder, report, signal } = context;
  const { cluster } = client;
  // Whatever ends this process, the fault is repaired: by it while it can, by the undoer where it cannot.
  const still = { clock, signal: new AbortController().signal };
  let brokenAt = clock.now();
  let result: UndoResult = { restored: [], left: [] };
  try {
    const lease = { namespace: istioNamespace, name: drillUndoName, holder, clock, signal };
    await using heartbeat = await acquireLease(client, lease);
    brokenAt = clock.now();
    for (const { ref, set } of record.faults) await patchObject(client, ref, set);
    const objects = record.faults.map(({ ref }) => describeRef(ref));
    report({ type: 'Broken', cluster, details: { fault: faultText(plan.fault), objects, forMs: plan.forMs } });
    await clock.sleep(plan.forMs, AbortSignal.any([signal, heartbeat.signal]));
  } finally {
    result = await undoIn(client, record, still);
    report({ type: 'Restored', cluster, details: result });
  }
  return { brokenAt, restoredAt: clock.now(), result };
}

/** Waits until requests go as before, for a while; the load of every caller by then. */
async function comeBack(
  ground: Ground,
  { clients, clock, signal }: DrillContext,
  { brokenAt, restoredAt }: Broken,
): Promise<ReadonlyMap<string, CallerTimeline>> {
  const until = clock.monotonic() + returnMs;
  for (;;) {
    await clock.sleep(lookMs, signal);
    const timelines = new Map(
      [...(await ground.load())].map(([from, spans]) => {
        const lag = skewOf(clients.get(from));
        return [from, timelineOf(spans, { brokenAt: brokenAt - lag, restoredAt: restoredAt - lag })] as const;
      }),
    );
    const isBack = [...timelines.values()].every(({ returnedMs, after }) => returnedMs !== null && after.lost === 0);
    const isLong = clock.now() - restoredAt > calmMs;
    if ((isBack && isLong) || clock.monotonic() > until) return timelines;
  }
}

/** Requests are watched for so long after the repair at least. */
const calmMs = 6_000;

/** A server's clock is read to the second: less than this is no difference. */
const knownSkewMs = 2_000;

function skewOf(client: KubeClient | undefined): number {
  const lag = client?.clockLagMs?.() ?? 0;
  return Math.abs(lag) < knownSkewMs ? 0 : lag;
}
