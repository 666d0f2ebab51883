import type { ClusterName } from '../api/name.ts';
import { wrappingKeyKind } from '../api/wrapping-key.ts';
import { mapConcurrent } from '../base/concurrency.ts';
import { isJsonObject, type Json, textAt, valueAt } from '../base/json.ts';
import { networkLabel } from '../istio/names.ts';
import { clusterAnnotation } from '../istio/remote-secret.ts';
import { removalStages } from '../istio/stages.ts';
import type { KubeClient } from '../kube/client.ts';
import { isConfidentialKind } from '../objects/confidential.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { asKubeObject, type KubeObject, refKey, refOf } from '../objects/object.ts';
import { outsideOf } from '../observe/outside.ts';
import { diffObjects, type FieldChange } from '../plan/diff.ts';
import { inventoryRef, parseInventory } from '../plan/inventory.ts';
import type { ClusterPlan, MeshPlan, PlannedChange, PlannedCluster } from '../plan/mesh-plan.ts';
import type { ClusterRecord } from '../plan/plan-record.ts';
import type { Removal } from '../plan/prune.ts';
import type { Decision, StagedChange } from './decide/decide.ts';
import type { Previews } from './decide/preview.ts';
import { refusedCreates } from './decide/try-creates.ts';
import { isChosen, type MeshRequest, type Scope } from './options.ts';
import { recordsOf } from './refuse/plan-records.ts';
import { type ResolvedRun, resolveRun } from './resolve-run.ts';
import { stuckText } from './run/prune.ts';

/** A plan to be shown, and what of it a plan file keeps. */
export interface PlannedMesh {
  readonly plan: MeshPlan;
  readonly records: readonly ClusterRecord[];
  /** What it does to the objects themselves, for what follows from that. */
  readonly edits: readonly ObjectEdit[];
}

/**
 * What `applyMesh` would do with the same mesh, ports and scope. Nothing is written, and keys that an apply would make are made in
 * memory and thrown away.
 */
export async function planMesh(request: MeshRequest): Promise<PlannedMesh> {
  const { mesh, scope } = request;
  const run = await resolveRun(request);
  const ofMesh = mesh.declared.mesh.spec.istio.version;
  const others = mesh.topology.clusters.flatMap(({ name, version }) =>
    version === ofMesh ? [] : [{ cluster: name, version }],
  );
  const planned = await Promise.all(
    run.decisions.map(async (decision) => await describeCluster(decision, run, request)),
  );
  return {
    plan: {
      mesh: mesh.name,
      istio: ofMesh,
      ...(others.length === 0 ? {} : { otherIstios: others }),
      clusters: mesh.names.map(
        (name): ClusterPlan => planned.find(({ cluster }) => cluster === name) ?? leftOut(name, run, scope),
      ),
    },
    records: recordsOf(run.decisions),
    edits: run.decisions.flatMap(editsOf),
  };
}

function editsOf({ part, changes, prune }: Decision): readonly ObjectEdit[] {
  const cluster = part.topology.name;
  return [
    ...changes.map(({ wanted }) => ({ cluster, action: 'Lay', object: withoutValues(wanted.object) }) as const),
    ...prune.deletions.map(({ live }) => ({ cluster, action: 'Delete', object: live }) as const),
  ];
}

function leftOut(cluster: ClusterName, { missing }: ResolvedRun, scope: Scope): ClusterPlan {
  const error = missing.get(cluster);
  if (error === undefined || !isChosen(cluster, scope)) return { cluster, outcome: 'Left' };
  return { cluster, outcome: 'Failed', error };
}

/** What holds keys with the names of its values alone: nothing that is shown or kept may hold more. */
function withoutValues(object: KubeObject): KubeObject {
  if (!isConfidentialKind(object)) return object;
  const emptied = ['data', 'spec'].flatMap((part) => {
    const values = object[part];
    return isJsonObject(values) ? [[part, Object.fromEntries(Object.keys(values).map((key) => [key, '']))]] : [];
  });
  return { ...object, ...Object.fromEntries(emptied) };
}

const inFlight = 16;

async function describeCluster(
  decision: Decision,
  run: ResolvedRun,
  { mesh, ports }: MeshRequest,
): Promise<PlannedCluster> {
  const { part, changes, prune, respected, unchanged, barriers, guard } = decision;
  const { client, topology } = part;
  const cluster = topology.name;
  const { objects, refused } = run.previews.get(cluster) ?? { objects: new Map(), refused: new Map() };
  const creates = await refusedCreates(decision, ports.signal);
  const previews: Previews = { objects, refused: new Map([...refused, ...creates]) };
  const context: PlanContext = { client, previews, names: new Set(mesh.names), signal: ports.signal };
  const updates = await mapConcurrent(changes, inFlight, (staged) => describeChange(staged, context));
  const releases = await mapConcurrent(prune.releases, inFlight, (removal) => describeRelease(removal, context));
  const deletions = await mapConcurrent(inRemovalOrder(prune.deletions), inFlight, (removal) =>
    describeDeletion(removal, context),
  );
  return {
    cluster,
    outcome: 'Planned',
    server: client.server,
    changes: [...updates, ...releases, ...deletions],
    barriers,
    respected,
    kept: prune.kept,
    unchanged,
    guard,
    notices: [
      ...run.trust.notices.filter((notice) => notice.cluster === cluster).map(({ message }) => message),
      ...updates.flatMap(restartNotices),
    ],
  };
}

/** What describing the changes of one cluster takes. */
interface PlanContext {
  readonly client: KubeClient;
  readonly previews: Previews;
  /** The clusters of the mesh file. */
  readonly names: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

async function describeChange({ wanted, change }: StagedChange, context: PlanContext): Promise<PlannedChange> {
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

/**
 * A sidecar keeps the names with which it was injected (ISTIO_META_CLUSTER_ID, ISTIO_META_NETWORK). It never had one that
 * someone else wrote over ours.
 */
function restartNotices({ ref, fields, drift }: PlannedChange): readonly string[] {
  return fields.flatMap(({ field, before }) => {
    if (typeof before !== 'string' || drift.some((one) => field.startsWith(one.field))) return [];
    if (field.endsWith('.containers[discovery].env[CLUSTER_ID].value')) {
      return [`pods with a sidecar stay in cluster ${before} and get no certificates until they are restarted`];
    }
    return field === `metadata.labels.${networkLabel}` && ref.kind === 'Namespace'
      ? [`pods with a sidecar stay in network ${before} until they are restarted`]
      : [];
  });
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

async function describeRelease(
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

async function describeDeletion({ stage, ref, live }: Removal, context: PlanContext): Promise<PlannedChange> {
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

function inRemovalOrder(deletions: readonly Removal[]): readonly Removal[] {
  return deletions.toSorted((a, b) => removalStages.indexOf(a.stage) - removalStages.indexOf(b.stage));
}
