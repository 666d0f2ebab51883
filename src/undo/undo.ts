import type { Clock } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import { routeSettleMs } from '../istio/mesh-service.ts';
import { withSubsetsOf } from '../istio/subset-union.ts';
import type { KubeClient } from '../kube/client.ts';
import { builtInResource } from '../kube/objects/built-in-kinds.ts';
import { objectPath } from '../kube/objects/path.ts';
import { describeRef } from '../objects/object.ts';
import { appliedAnnotation, fieldManager } from '../objects/ownership.ts';
import { type FaultAct, faultActOf, type UndoFault, type UndoRecord, undoActOf } from './undo-record.ts';

/** What an undo did in one cluster. */
export interface UndoResult {
  /** The objects that are as they were before. */
  readonly restored: readonly string[];
  /** Those that were left as they are, and why. */
  readonly left: readonly string[];
}

/** Who sets what a drill breaks, for those who look at an object. */
const drillManager = 'isthmus-drill';

export interface UndoPorts {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
}

/**
 * Puts back what was there before, object by object. It writes as the field manager of an apply, so that no field has two
 * owners after it. Done again it changes nothing.
 */
export async function undoIn(
  client: KubeClient,
  record: UndoRecord,
  { clock, signal }: UndoPorts,
): Promise<UndoResult> {
  const restored: string[] = [];
  const left: string[] = [];
  let hasRouted = false;
  await bringSubsets(client, record, signal);
  for (const entry of record.entries) {
    // A proxy that learns of the subsets' end before it has the old route answers 503.
    if (hasRouted && entry.ref.kind === 'DestinationRule') {
      await clock.sleep(routeSettleMs, signal);
      hasRouted = false;
    }
    const act = undoActOf(entry, await client.get(entry.ref, { signal }));
    hasRouted ||= entry.ref.kind === 'VirtualService' && (act.act === 'Apply' || act.act === 'Delete');
    if (act.act === 'Leave') left.push(act.why);
    else restored.push(describeRef(entry.ref));
    if (act.act === 'Apply') await client.apply(act.object, { fieldManager, conflicts: 'Force' });
    if (act.act === 'Delete') {
      const { uid, resourceVersion } = act;
      await client.delete(act.ref, { uid, resourceVersion });
    }
  }
  const faults = await repair(client, record.faults, signal);
  return { restored: [...restored, ...faults.restored], left: [...left, ...faults.left] };
}

/**
 * A route that comes back finds its subsets: those that its rule lacks by now are added first, to what the rule has. Under the digest
 * that the rule has, so that it is still known for what a step wrote.
 */
async function bringSubsets(client: KubeClient, { entries }: UndoRecord, signal: AbortSignal): Promise<void> {
  const routes = entries.filter(({ ref }) => ref.kind === 'VirtualService');
  for (const entry of entries.filter(({ ref }) => ref.kind === 'DestinationRule')) {
    const route = routes.find(({ ref }) => ref.namespace === entry.ref.namespace && ref.name === entry.ref.name);
    if (route === undefined || entry.before === null) continue;
    const live = await client.get(entry.ref, { signal });
    if (undoActOf(entry, live).act !== 'Apply') continue;
    if (undoActOf(route, await client.get(route.ref, { signal })).act !== 'Apply') continue;
    if (live !== undefined && withSubsetsOf(live, entry.before) === live) continue;
    const { metadata } = entry.before;
    const digest = live?.metadata.annotations?.[appliedAnnotation];
    const annotations = { ...metadata.annotations, ...(digest === undefined ? {} : { [appliedAnnotation]: digest }) };
    const whole = withSubsetsOf({ ...entry.before, metadata: { ...metadata, annotations } }, live);
    await client.apply(whole, { fieldManager, conflicts: 'Force' });
  }
}

async function repair(client: KubeClient, faults: UndoRecord['faults'], signal: AbortSignal): Promise<UndoResult> {
  const restored: string[] = [];
  const left: string[] = [];
  for (const fault of faults) {
    const act = await repairOne(client, fault, signal);
    if (act.act === 'Leave') left.push(act.why);
    else restored.push(describeRef(fault.ref));
  }
  return { restored, left };
}

/** A controller may write the status of an object at any moment: then it is read and judged again. */
async function repairOne(client: KubeClient, fault: UndoFault, signal: AbortSignal): Promise<FaultAct> {
  for (let attempt = 1; ; attempt += 1) {
    const act = faultActOf(fault, await client.get(fault.ref, { signal }));
    if (act.act !== 'Patch') return act;
    try {
      await patchObject(client, fault.ref, act.patch);
      return act;
    } catch (thrown) {
      if (asIsthmusError(thrown).code !== 'conflict' || attempt === repairAttempts) throw thrown;
    }
  }
}

const repairAttempts = 5;

/** A merge patch, as the field manager of drills: what it takes over it gives back with the value. */
export async function patchObject(client: KubeClient, ref: UndoFault['ref'], patch: JsonObject): Promise<void> {
  const resource = builtInResource(ref);
  if (resource === undefined) throw new IsthmusError('internal', `nothing patches a ${ref.kind}`);
  await client.raw({
    method: 'PATCH',
    path: objectPath(ref, resource, client.cluster),
    query: { fieldManager: drillManager },
    contentType: 'application/merge-patch+json',
    body: patch,
  });
}
