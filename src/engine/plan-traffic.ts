import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { networkLabel } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { type WhatIf, whatChanges } from '../predict/scenario/whatif.ts';
import { decidesTraffic, edited } from '../snapshot/edit.ts';
import type { ReadCluster } from '../snapshot/read-cluster.ts';
import { readMesh, snapshotOf } from '../snapshot/take.ts';
import { lookUp } from './read-snapshot.ts';

/** What a plan changes for traffic; `None` where it touches nothing that decides about it. */
export type PlanTraffic =
  | { readonly outcome: 'None' }
  | { readonly outcome: 'Predicted'; readonly change: WhatIf; readonly gaps: readonly string[] }
  /** A sentence. */
  | { readonly outcome: 'NotPredicted'; readonly message: string };

export interface PlannedMeshClients {
  readonly clients: ReadonlyMap<string, KubeClient>;
  readonly unreachable: ReadonlyMap<string, IsthmusError>;
  readonly signal: AbortSignal;
}

/** A plan does not wait longer for a prediction, in milliseconds. */
const patienceMs = 20_000;

/**
 * The networks of gateways that the plan makes, each with every other: such a gateway has no address before it is there, and
 * what an apply waits for is taken to come.
 */
function networksInTheMaking(
  edits: readonly ObjectEdit[],
  clusters: readonly Pick<ReadCluster, 'cluster' | 'objects'>[],
): readonly (readonly [string, string])[] {
  const networks = new Set(
    clusters.flatMap(({ objects }) => objects.flatMap(({ metadata }) => metadata.labels?.[networkLabel] ?? [])),
  );
  const made = edits.flatMap(({ cluster, action, object: { kind, metadata } }) => {
    const network = metadata.labels?.[networkLabel];
    if (kind !== 'Service' || action === 'Delete' || network === undefined) return [];
    const isThere = clusters.some(
      (one) =>
        one.cluster === cluster &&
        one.objects.some(
          (known) =>
            known.kind === 'Service' &&
            known.metadata.name === metadata.name &&
            known.metadata.namespace === metadata.namespace,
        ),
    );
    return isThere ? [] : [network];
  });
  return made.flatMap((network) => [...networks].map((other) => [network, other] as const));
}

/** Compares the mesh as it is with what it is after the plan. A mesh that cannot be read only costs the prediction. */
export async function planTraffic(edits: readonly ObjectEdit[], mesh: PlannedMeshClients): Promise<PlanTraffic> {
  if (!edits.some(decidesTraffic)) return { outcome: 'None' };
  const { clients, unreachable, signal } = mesh;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const read = await readMesh([...clients.values()], { signal: limit, unreachable });
    if (read.clusters.every(({ deployments }) => deployments.length === 0)) return { outcome: 'None' };
    const before = await snapshotOf(read, lookUp);
    const clusters = read.clusters.map((cluster) => edited(cluster, edits));
    const after = await snapshotOf({ ...read, clusters }, lookUp);
    const connected = networksInTheMaking(edits, read.clusters);
    return { outcome: 'Predicted', change: whatChanges(before, { ...after, connected }), gaps: read.gaps };
  } catch (thrown) {
    signal.throwIfAborted();
    return { outcome: 'NotPredicted', message: asIsthmusError(thrown).message };
  }
}
