import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { paint } from '../cli/shell/terminal.ts';
import { changedFlowLines } from '../cli/whatif/text.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import { type WhatIf, whatChanges } from '../predict/whatif.ts';
import { decidesTraffic, edited } from '../snapshot/edit.ts';
import { readMesh, snapshotOf } from '../snapshot/take.ts';
import { lookUp } from './load-snapshot.ts';

/** What a plan changes for traffic; `None` where it touches nothing that decides about it. */
export type PlanTraffic =
  | { readonly outcome: 'None' }
  | { readonly outcome: 'Predicted'; readonly change: WhatIf; readonly gaps: readonly string[] }
  /** A sentence. */
  | { readonly outcome: 'NotPredicted'; readonly why: string };

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
    return { outcome: 'NotPredicted', why: asIsthmusError(thrown).message };
  }
}

/** The section of a plan's text. */
export function planTrafficLines(traffic: PlanTraffic, color: boolean): readonly string[] {
  const title = paint('what changes for traffic', 'bold', color);
  switch (traffic.outcome) {
    case 'None':
      return [];
    case 'NotPredicted':
      return [title, `  not predicted: ${traffic.why}`];
    case 'Predicted': {
      const changed = changedFlowLines(traffic.change, color);
      const lines = changed.length === 0 ? ['nothing, as far as services and callers are there already'] : changed;
      const gaps = traffic.gaps.map((gap) => `not in the prediction: ${gap}`);
      return [title, ...[...lines, ...gaps].map((line) => `  ${line}`)];
    }
  }
}
