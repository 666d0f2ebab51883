import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ConnectPorts } from '../kube/connect.ts';

/** What finding and reading kubeconfigs takes from the process besides what a client takes. */
export interface KubeconfigPorts extends ConnectPorts {
  /** The user's; `.kube/config` in it is the kubeconfig where nothing names another. */
  readonly homeFolder: string;
}

/** What a fleet takes from the process that it runs in. */
export interface FleetPorts extends KubeconfigPorts {
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Connects to a cluster in another way than by its `spec.access`. */
  readonly connect?: Connect;
}

export type Connect = (cluster: MeshCluster) => Promise<KubeClient>;
