import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { HomeOptions } from './home-session.ts';

/**
 * A process beside the documents has no contexts of a person: the home cluster is its own, and every other cluster is reached by
 * the Secret that the document names, else by the one that is named like the cluster.
 */
export function reachedFromHome(
  declared: DeclaredMesh,
  { context, homeServer }: Pick<HomeOptions, 'context' | 'homeServer'>,
): DeclaredMesh {
  const homeName = declared.home.metadata.name;
  const own = context === undefined ? { inCluster: {} } : { context };
  const reached = (cluster: MeshCluster): MeshCluster => {
    const { name } = cluster.metadata;
    if (name !== homeName) {
      return { ...cluster, spec: { ...cluster.spec, access: { secret: cluster.spec.access.secret ?? name } } };
    }
    // The address that a pod has for its own API server leads nowhere from another cluster.
    const peerServer = cluster.spec.peerServer ?? homeServer;
    return { ...cluster, spec: { ...cluster.spec, access: own, ...(peerServer === undefined ? {} : { peerServer }) } };
  };
  return {
    ...declared,
    clusters: declared.clusters.map(reached),
    home: reached(declared.home),
    keptAccess: new Map(declared.clusters.map(({ metadata, spec }) => [metadata.name, spec.access])),
  };
}
