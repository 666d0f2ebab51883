import type { ClusterName, MeshName } from '../api/name.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { type Reading, resolveTopology, type Topology } from './topology.ts';

/** A declared mesh with what follows from it alone. It is made once, where the declared mesh enters, and handed on. */
export interface ResolvedMesh {
  readonly declared: DeclaredMesh;
  readonly topology: Topology;
  /** The mesh's own name. */
  readonly name: MeshName;
  /** The cluster that keeps the issuer, the documents and the lock. */
  readonly home: ClusterName;
  /** The names of the clusters in the order of the file. */
  readonly names: readonly ClusterName[];
}

export function resolveMesh(declared: DeclaredMesh, reading: Reading = {}): ResolvedMesh {
  return {
    declared,
    topology: resolveTopology(declared, reading),
    name: declared.mesh.metadata.name,
    home: declared.home.metadata.name,
    names: declared.clusters.map(({ metadata }) => metadata.name),
  };
}
