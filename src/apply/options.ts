import type { ClusterName } from '../api/name.ts';
import type { InTurn } from '../base/concurrency.ts';
import type { Lock, LockOptions } from '../fleet/lock.ts';
import type { ClusterPorts, Limits } from '../fleet/ports.ts';
import type { Renderers } from '../istio/render/renderers.ts';
import type { WebCrypto } from '../pki/environment.ts';
import type { IssuerTexts } from '../pki/read-issuer.ts';
import type { HomeDocuments } from '../plan/desired.ts';
import type { ApproveLosses } from '../plan/loss.ts';
import type { ClusterRecord } from '../plan/plan-record.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import type { RootStore } from '../trust/root-store.ts';
import type { OnApplyEvent } from './run/events.ts';

/** What planning and applying take from outside. The home cluster must be among the clusters that answered. */
export interface MeshPorts extends ClusterPorts {
  readonly renderers: Renderers;
  readonly roots: RootStore;
  /** The texts of `spec.trust.issuer.files`, where the mesh file has it. */
  readonly issuerFiles?: IssuerTexts | undefined;
  readonly crypto: WebCrypto;
  readonly onEvent: OnApplyEvent;
  /** Of a process that has several runs at once; left out, the lock is this run's own. */
  readonly openLock?: ((options: LockOptions) => Lock) | undefined;
  /** Of such a process: runs what has all of the mesh in memory when its turn comes; left out, at once. */
  readonly inTurn?: InTurn | undefined;
}

/** Which part of a mesh may be changed, and how much of it. */
export interface Scope {
  /** Only these clusters; left out: every cluster of the mesh. */
  readonly only?: ReadonlySet<ClusterName> | undefined;
  /** Clusters that are not chosen and are known to be as declared, so that the others may lose what only an earlier mesh used. */
  readonly settled?: ReadonlySet<ClusterName> | undefined;
  /** How many objects may be deleted in each cluster; left out, src/plan/guard.ts decides. */
  readonly maxDelete?: number | undefined;
  /** The plan that is to be carried out: nothing is written where anything that it depends on has changed. */
  readonly approved?: readonly ClusterRecord[] | undefined;
  /** Whether the declared documents are written into the home cluster. Default `Write`. */
  readonly homeDocuments?: HomeDocuments | undefined;
}

/** A mesh that is to be planned. */
export interface MeshRequest {
  readonly mesh: ResolvedMesh;
  readonly ports: MeshPorts;
  readonly scope: Scope;
}

/** A mesh that is to be applied. */
export interface ApplyRequest extends MeshRequest {
  readonly limits: Limits;
  /** The same clients with reads that are answered from watches, by which a run may be decided; left out, the servers are asked. */
  readonly watched?: MeshPorts['clients'] | undefined;
  /** Told of each cluster from which moment a new pod in it gets a sidecar; gateways and links may be under way still. */
  readonly onInjecting?: ((cluster: ClusterName) => void) | undefined;
  /** Called before the first write where something is lost; left out, all of it is approved, as it is in a plan that was. */
  readonly approveLosses?: ApproveLosses | undefined;
}

/** Whether a cluster may be changed. */
export function isChosen(cluster: ClusterName, { only }: Pick<Scope, 'only'>): boolean {
  return only === undefined || only.has(cluster);
}
