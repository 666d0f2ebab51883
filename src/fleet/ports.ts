import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { ClusterName } from '../api/name.ts';
import type { Clock } from '../base/clock.ts';
import type { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ConnectPorts } from '../kube/connect.ts';
import type { WebCrypto } from '../pki/environment.ts';

/** What finding and reading kubeconfigs takes from the process besides what a client takes. */
export interface KubeconfigPorts extends ConnectPorts {
  /** The user's; `.kube/config` in it is the kubeconfig where nothing names another. */
  readonly homeFolder: string;
  /** Paths of kubeconfigs in the mesh file are relative to it: that of the mesh file. Default the working directory. */
  readonly meshFolder?: string | undefined;
  /** Whether a kubeconfig that the mesh file names may run plug-ins and read credentials from files. Default no. */
  readonly trustKubeconfig?: boolean | undefined;
  /** Opens kubeconfigs that are encrypted where they are stored. */
  readonly crypto: WebCrypto;
}

/** What a fleet takes from the process that it runs in. */
export interface FleetPorts extends KubeconfigPorts {
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Connects to a cluster in another way than by its `spec.access`. */
  readonly connect?: Connect;
}

export type Connect = (cluster: MeshCluster) => Promise<KubeClient>;

/** The clusters of a mesh as a fleet opened them, with what every operation that writes to them needs. */
export interface ClusterPorts {
  /** The clusters that answered. */
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  /** Those that did not, and why: their part is left out. */
  readonly unreachable: ReadonlyMap<ClusterName, IsthmusError>;
  readonly clock: Clock;
  /** Ends the operation; a write that is under way is finished. */
  readonly signal: AbortSignal;
  /** Who writes, for the lock: shown to those who find it held. */
  readonly holder: string;
}

/** How long an operation may take. */
export interface Limits {
  /** For each wait of an apply, and for the whole of a removal, in milliseconds; a wait ends with what it waited for. */
  readonly timeoutMs: number;
}
