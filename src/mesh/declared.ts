import type { Mesh } from '../api/mesh.ts';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { MeshService } from '../api/mesh-service.ts';
import type { Finding } from '../base/finding.ts';

/** Names a MeshService. */
export interface ServiceName {
  readonly name: string;
  readonly namespace: string;
}

/** The weights of a service for as long as a shift lives. */
export interface ShiftedService extends ServiceName {
  readonly split: Readonly<Record<string, number>>;
}

/** What the documents of a mesh declare, after every check within and across them. */
export interface DeclaredMesh {
  readonly mesh: Mesh;
  /** In the order of the documents; at least one. */
  readonly clusters: readonly MeshCluster[];
  /** In the order of the documents. */
  readonly services: readonly MeshService[];
  /** The cluster that keeps the issuer; one of `clusters`. */
  readonly home: MeshCluster;
  /** The access that the home cluster keeps, by cluster, where the user's own has taken its place in `clusters`. */
  readonly keptAccess?: ReadonlyMap<string, MeshCluster['spec']['access']>;
  /** What shifts that live want of services, in the place of what the documents say. */
  readonly shifted?: readonly ShiftedService[];
  /** The MeshServices whose objects are left as they are. */
  readonly paused?: readonly ServiceName[];
}

/** Documents as what they declare, or as everything that is wrong with them. */
export interface MeshReading {
  /** Left out where any finding is an error, but for what Istio's settings say otherwise: that is a mesh of which nothing is made. */
  readonly declared?: DeclaredMesh;
  /** In the order of the documents. */
  readonly findings: readonly Finding[];
}
