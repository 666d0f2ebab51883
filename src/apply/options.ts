import type { ClusterName } from '../api/name.ts';
import type { Clock } from '../base/clock.ts';
import type { IsthmusError } from '../base/error.ts';
import type { Renderer } from '../istio/render/renderer.ts';
import type { KubeClient } from '../kube/client.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { WebCrypto } from '../pki/environment.ts';
import type { IssuerTexts } from '../pki/read-issuer.ts';
import type { ClusterRecord } from '../plan/plan-record.ts';
import type { RootStore } from '../trust/root-store.ts';
import type { OnApplyEvent } from './run/events.ts';

export interface ApplyMeshOptions {
  readonly declared: DeclaredMesh;
  /** The clusters that answered; the home cluster must be among them. */
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  /** Those that did not, and why: their part is left out. */
  readonly unreachable: ReadonlyMap<ClusterName, IsthmusError>;
  /** Only these are changed; left out: every cluster of the mesh. */
  readonly only?: ReadonlySet<ClusterName>;
  readonly renderer: Renderer;
  readonly roots: RootStore;
  /** The texts of `spec.trust.issuer.files`, where the mesh file has it. */
  readonly issuerFiles?: IssuerTexts | undefined;
  readonly crypto: WebCrypto;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long the whole may take; then each wait ends with what it waited for. Milliseconds. */
  readonly timeoutMs: number;
  /** Who writes, for the lock: shown to whoever finds it held. */
  readonly holder: string;
  /** How many objects may be deleted in each cluster; left out, src/plan/guard.ts decides. */
  readonly maxDelete?: number | undefined;
  /** The plan that is to be carried out: nothing is written where anything that it depends on has changed. */
  readonly approved?: readonly ClusterRecord[] | undefined;
  readonly onEvent: OnApplyEvent;
}

/** Whether a cluster is to be changed in this run. */
export function isChosen(cluster: ClusterName, { only }: Pick<ApplyMeshOptions, 'only'>): boolean {
  return only === undefined || only.has(cluster);
}
