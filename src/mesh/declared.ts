import type { Mesh } from '../api/mesh.ts';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { MeshService } from '../api/mesh-service.ts';

/** What a mesh file declares, after every check within and across its documents. */
export interface DeclaredMesh {
  readonly mesh: Mesh;
  /** In the order of the file; at least one. */
  readonly clusters: readonly MeshCluster[];
  /** In the order of the file. */
  readonly services: readonly MeshService[];
  /** The cluster that keeps the issuer; one of `clusters`. */
  readonly home: MeshCluster;
}
