import { wrappingKeyKind } from '../api/wrapping-key.ts';
import { isJsonObject, type Json, textAt, valueAt } from '../base/json.ts';
import { clusterAnnotation } from '../istio/remote-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import { asKubeObject, type KubeObject, refKey, refOf } from '../objects/object.ts';
import { outsideOf } from '../observe/outside.ts';
import { diffObjects, type FieldChange } from '../plan/diff.ts';
import { inventoryRef, parseInventory } from '../plan/inventory.ts';
import type { PlannedChange } from '../plan/mesh-plan.ts';
import type { Removal } from '../plan/prune.ts';
import type { StagedChange } from './decide/decide.ts';
import type { Previews } from './decide/preview.ts';
import { stuckText } from './run/prune.ts';

/** What describing the changes of one cluster takes. */
export interface PlanContext {
  readonly client: KubeClient;
  readonly previews: Previews;
  /** The clusters of the mesh file. */
  readonly names: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

export async function describeChange({ wanted, change }: StagedChange, context: PlanContext): Promise<PlannedChange> {
  const { ref, reason } = change;
  const { stage, object } = wanted;
  const error = context.previews.refused.get(refKey(ref));
  const refusal = error === undefined ? {} : { error };
  if (change.action === 'Create') {
    return { action: 'Create', stage, ref, reason: made(object) ?? reason, drift: [], fields: [], ...refusal };
  }
  const before = await context.client.get(ref, { signal: context.signal });
  const after = context.previews.objects.get(refKey(ref)) ?? laidOver(before, change.object);
  const loss = before === undefined ? undefined : lostAddress(before, after);
  return {
    action: 'Update',
    stage,
    ref,
    reason,
    drift: change.drift,
    fields: before === undefined ? [] : fieldsOf(before, after),
    ...(loss === undefined ? {} : { loss }),
    ...refusal,
  };
}

/** Of the inventory, whose lines say nothing that the plan does not show, only their number. */
function fieldsOf(before: KubeObject, after: KubeObject): readonly FieldChange[] {
  if (refKey(refOf(after)) !== refKey(inventoryRef)) return diffObjects(before, after);
  const [old = [], now = []] = [before, after].map((inventory) => parseInventory(inventory).map(refKey));
  const come = now.filter((key) => !old.includes(key)).length;
  const gone = old.filter((key) => !now.includes(key)).length;
  const text = `${now.length} objects: ${come} new, ${gone} gone`;
  return [{ field: 'data.objects', before: `${old.length} objects`, after: text }];
}

/** Where a cluster could not try an update: what it has with our fields laid over it. */
function laidOver(before: KubeObject | undefined, wanted: KubeObject): KubeObject {
  return asKubeObject(layOver(before, wanted)) ?? wanted;
}

/** Items of lists by their names where all have one, as server-side apply merges them; what is there else stays. */
function layOver(before: Json | undefined, wanted: Json): Json {
  if (isJsonObject(before) && isJsonObject(wanted)) {
    const laid = Object.entries(wanted).map(([key, value]) => [key, value ?? null] as const);
    return { ...before, ...Object.fromEntries(laid.map(([key, value]) => [key, layOver(before[key], value)])) };
  }
  if (!Array.isArray(before) || !Array.isArray(wanted)) return wanted;
  const names = [...before, ...wanted].map((item: Json) => textAt(item, ['name']));
  if (names.includes(undefined)) return wanted;
  const of = (list: readonly Json[], name: string | undefined): Json | undefined =>
    list.find((item) => textAt(item, ['name']) === name);
  return [...new Set(names)].map((name) => {
    const own = of(wanted, name);
    const there = of(before, name);
    return own === undefined ? (there ?? null) : layOver(there, own);
  });
}

/** What each run makes by itself, and so differs between a plan and its apply. */
function made({ kind, metadata, data }: KubeObject): string | undefined {
  if (kind === wrappingKeyKind) return "the apply makes the key that encrypts the issuer's";
  if (kind !== 'Secret' || !isJsonObject(data)) return undefined;
  if (data['ca-key.pem'] !== undefined) return 'the apply makes a new intermediate and its key';
  return metadata.name === 'isthmus-issuer' ? 'the apply makes a new issuer and its key' : undefined;
}

function lostAddress(before: KubeObject, after: KubeObject | undefined): string | undefined {
  if (before.kind !== 'Service' || valueAt(before, ['spec', 'type']) !== 'LoadBalancer') return undefined;
  if (valueAt(after, ['spec', 'type']) === 'LoadBalancer') return undefined;
  const [address] = outsideOf(before, []).hosts;
  return address === undefined ? undefined : `its load balancer releases the address ${address}`;
}

export async function describeRelease(
  { ref, live }: Removal,
  { client, previews, signal }: PlanContext,
): Promise<PlannedChange> {
  const before = (await client.get(ref, { signal })) ?? live;
  const after = previews.objects.get(refKey(ref));
  return {
    action: 'Release',
    stage: 'Injection',
    ref,
    reason: 'it is no longer among injectNamespaces; its pods keep their sidecars until they are restarted',
    drift: [],
    fields: after === undefined ? [] : diffObjects(before, after),
  };
}

export async function describeDeletion({ stage, ref, live }: Removal, context: PlanContext): Promise<PlannedChange> {
  const { client, names, signal } = context;
  const whole = ref.kind === 'Service' ? await client.get(ref, { signal }) : live;
  const loss = whole === undefined ? undefined : lostAddress(whole, undefined);
  const held = live.metadata.deletionTimestamp === undefined ? undefined : stuckText(live);
  return {
    action: 'Delete',
    stage,
    ref,
    reason: held ?? reasonOf(live, names),
    drift: [],
    fields: [],
    ...(loss === undefined ? {} : { loss }),
  };
}

function reasonOf({ metadata }: KubeObject, names: ReadonlySet<string>): string {
  const cluster = metadata.annotations?.[clusterAnnotation];
  if (cluster === undefined || names.has(cluster)) return 'no longer in the mesh file';
  return `cluster ${cluster} is no longer in the mesh file; unless it was only renamed, take it out of the mesh, which removes the rest of the mesh from it`;
}
