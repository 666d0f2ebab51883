import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { type WhatIf, whatChanges } from '../predict/scenario/whatif.ts';
import { decidesTraffic, edited } from '../snapshot/edit.ts';
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
    return { outcome: 'Predicted', change: whatChanges(before, after), gaps: read.gaps };
  } catch (thrown) {
    signal.throwIfAborted();
    return { outcome: 'NotPredicted', message: asIsthmusError(thrown).message };
  }
}
