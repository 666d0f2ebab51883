import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { ClusterName, NetworkName } from '../api/name.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';

/** What a cluster is to the others. */
export interface ClusterTopology {
  readonly cluster: MeshCluster;
  readonly name: ClusterName;
  readonly network: NetworkName;
  /** The clusters whose API servers this cluster's istiod reads, each through a remote secret. */
  readonly peers: readonly ClusterName[];
  /** `EastWest` where another network exists, so that traffic from there has a way in. */
  readonly gateway: 'EastWest' | 'None';
}

export interface Topology {
  readonly networks: readonly NetworkName[];
  readonly clusters: readonly ClusterTopology[];
}

/**
 * Every cluster is a primary: its istiod reads all the others.
 * East-west gateways exist exactly where the mesh spans more than one network
 * (https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/).
 */
export function resolveTopology(declared: DeclaredMesh): Topology {
  const networks = [...new Set(declared.clusters.map((cluster) => cluster.spec.network))];
  const names = declared.clusters.map((cluster) => cluster.metadata.name);
  return {
    networks,
    clusters: declared.clusters.map((cluster) => ({
      cluster,
      name: cluster.metadata.name,
      network: cluster.spec.network,
      peers: names.filter((name) => name !== cluster.metadata.name),
      gateway: networks.length > 1 ? 'EastWest' : 'None',
    })),
  };
}

/** How a request from one cluster reaches a pod of another. */
export function pathBetween(from: ClusterTopology, to: ClusterTopology): 'Direct' | 'Gateway' {
  return from.network === to.network ? 'Direct' : 'Gateway';
}
