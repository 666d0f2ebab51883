import type { ClusterName } from '../api/name.ts';
import { atOnce, mapConcurrent } from '../base/concurrency.ts';
import { isJsonObject } from '../base/json.ts';
import { networkLabel } from '../istio/names.ts';
import { isConfidentialKind } from '../objects/confidential.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import type { KubeObject } from '../objects/object.ts';
import type { ClusterPlan, MeshPlan, PlannedChange, PlannedCluster } from '../plan/mesh-plan.ts';
import type { ClusterRecord } from '../plan/plan-record.ts';
import { inRemovalOrder } from '../plan/prune.ts';
import type { Decision } from './decide/decide.ts';
import type { Previews } from './decide/preview.ts';
import { refusedCreates } from './decide/try-creates.ts';
import { describeChange, describeDeletion, describeRelease, type PlanContext } from './describe-change.ts';
import { isChosen, type MeshRequest, type Scope } from './options.ts';
import { recordsOf } from './refuse/plan-records.ts';
import { type ResolvedRun, resolveRun } from './resolve-run.ts';

/** A plan to be shown, and what of it a plan file keeps. */
export interface PlannedMesh {
  readonly plan: MeshPlan;
  records(this: void): readonly ClusterRecord[];
  /** What it does to the objects themselves, for what follows from that. */
  readonly edits: readonly ObjectEdit[];
}

/**
 * What `applyMesh` would do with the same mesh, ports and scope. Nothing is written, and keys that an apply would make are made in
 * memory and thrown away.
 */
export async function planMesh(request: MeshRequest): Promise<PlannedMesh> {
  const { inTurn = atOnce } = request.ports;
  return await inTurn(async () => await planned(request));
}

async function planned(request: MeshRequest): Promise<PlannedMesh> {
  const { mesh, scope } = request;
  const run = await resolveRun(request);
  const ofMesh = mesh.declared.mesh.spec.istio.version;
  const others = mesh.topology.clusters.flatMap(({ name, version }) =>
    version === ofMesh ? [] : [{ cluster: name, version }],
  );
  const described = await Promise.all(
    run.decisions.map(async (decision) => await describeCluster(decision, run, request)),
  );
  return {
    plan: {
      mesh: mesh.name,
      istio: ofMesh,
      ...(others.length === 0 ? {} : { otherIstios: others }),
      clusters: mesh.names.map(
        (name): ClusterPlan => described.find(({ cluster }) => cluster === name) ?? leftOut(name, run, scope),
      ),
    },
    records: () => recordsOf(run.decisions),
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
