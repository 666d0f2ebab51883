import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { type Remedy, remedy, runOn } from '../base/remedy.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { type WhatIf, whatChanges } from '../predict/scenario/whatif.ts';
import { decidesTraffic, edited } from '../snapshot/edit.ts';
import { type ReadMesh, readMesh, snapshotOf } from '../snapshot/take.ts';
import { awaitedNetworks, isGatewayDeployment, withNewGateways } from './gateways-in-the-making.ts';
import { lookUp } from './read-snapshot.ts';
import {
  asTheyRun,
  type ConnectStranger,
  readStrangers,
  renamedIn,
  type Stranger,
  withNewNames,
  withTheirIstiods,
} from './strangers.ts';

/** What a plan changes for traffic; `None` where it touches nothing that decides about it. */
export type PlanTraffic =
  | { readonly outcome: 'None' }
  | { readonly outcome: 'Predicted'; readonly change: WhatIf; readonly gaps: readonly TrafficGap[] }
  | ({ readonly outcome: 'NotPredicted' } & TrafficGap);

/** A side of the traffic that is not known, and who must allow or repair what. */
export interface TrafficGap {
  /** A sentence without a full stop. */
  readonly message: string;
  readonly remedy: Remedy;
}

export interface PlannedMeshClients {
  readonly clients: ReadonlyMap<string, KubeClient>;
  readonly unreachable: ReadonlyMap<string, IsthmusError>;
  readonly signal: AbortSignal;
  /** Connects to a cluster that the mesh file does not name, as an istiod reads it. */
  readonly connectStranger: ConnectStranger;
}

/** A plan does not wait longer for a prediction, in milliseconds. */
const patienceMs = 20_000;

/** What of the mesh as it runs was not read, so that no comparison covers it. */
function gapsOf(
  read: ReadMesh,
  strangers: readonly Stranger[],
  {
    unreachable,
    failed,
  }: Pick<PlannedMeshClients, 'unreachable'> & { readonly failed: ReadonlyMap<string, IsthmusError> },
): readonly TrafficGap[] {
  const unread = read.gaps.map((message): TrafficGap => {
    const cluster = [...unreachable.keys()].find((name) => message.startsWith(`${name} was not read`));
    const found = cluster === undefined ? undefined : unreachable.get(cluster)?.remedy;
    return { message, remedy: found ?? toRead };
  });
  const removed = strangers.map(({ cluster, reader }): TrafficGap => {
    const error = failed.get(cluster);
    const what = error === undefined ? 'requests from' : 'requests to and from';
    const why = error === undefined ? 'whose own istiod was not read' : `which was not read: ${error.message}`;
    return {
      message: `${what} ${cluster}, which the istiod of ${reader} reads and the mesh file does not name, ${why}`,
      remedy: remedy`where ${cluster} was removed, put it back into the mesh file and take it out with ${runOn(cluster, 'leave')}; where it was renamed, its pods answer under both names until they are restarted`,
    };
  });
  return [...unread, ...removed];
}

const toRead =
  'have the API server of that cluster answer and the right to read it granted, or use a context that has it';

/** Clusters that istiods read and that are none of the mesh file's. */
function strangersOf(
  { istiods, clusters }: Snapshot,
  unreachable: PlannedMeshClients['unreachable'],
): readonly Stranger[] {
  const known = new Set([...clusters.map(({ cluster }) => cluster), ...unreachable.keys()]);
  const found = new Map(
    istiods.flatMap(({ cluster: reader, remotes }) =>
      remotes.filter((remote) => !known.has(remote)).map((cluster) => [cluster, { cluster, reader }] as const),
    ),
  );
  return [...found.values()];
}

/** Compares the mesh as it is with what it is after the plan. A mesh that cannot be read only costs the prediction. */
export async function planTraffic(edits: readonly ObjectEdit[], mesh: PlannedMeshClients): Promise<PlanTraffic> {
  if (!edits.some((edit) => decidesTraffic(edit) || isGatewayDeployment(edit.object))) return { outcome: 'None' };
  const { clients, unreachable, signal, connectStranger } = mesh;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const read = await readMesh([...clients.values()], { signal: limit, unreachable });
    const renamed = renamedIn(read.clusters);
    const runs = asTheyRun(read.clusters, renamed);
    const strangers = strangersOf(await snapshotOf({ ...read, clusters: runs }, lookUp), unreachable);
    const others = await readStrangers(strangers, { clients, connect: connectStranger, signal: limit });
    const all = await snapshotOf({ ...read, clusters: [...runs, ...others.read] }, lookUp);
    const before = withNewNames(withTheirIstiods(all, strangers), renamed);
    const gaps = gapsOf(read, strangers, { unreachable, failed: others.failed });
    if (read.clusters.every(({ deployments }) => deployments.length === 0)) return installedOn(gaps);
    const clusters = read.clusters.map((cluster) => withNewGateways(edited(cluster, edits), edits));
    const planned = await snapshotOf({ ...read, clusters: [...clusters, ...others.read] }, lookUp);
    const after = withTheirIstiods(planned, strangers);
    const awaited = awaitedNetworks(edits, read.clusters);
    return { outcome: 'Predicted', change: whatChanges(before, { ...after, awaited }), gaps };
  } catch (thrown) {
    signal.throwIfAborted();
    const { message, remedy: hint } = asIsthmusError(thrown);
    return { outcome: 'NotPredicted', message, remedy: hint ?? toRead };
  }
}

/** Without an istiod there is no traffic of a mesh yet, as far as every cluster was read. */
function installedOn([first]: readonly TrafficGap[]): PlanTraffic {
  return first === undefined ? { outcome: 'None' } : { outcome: 'NotPredicted', ...first };
}
