import { apiVersion } from '../api/mesh.ts';
import { IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import { option, remedy } from '../base/remedy.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel, systemNamespace } from '../objects/ownership.ts';

/**
 * The documents that a mesh's home cluster keeps, the Mesh first, without what only the cluster needs. Throws
 * `not-found` where the cluster keeps no mesh, `conflict` where it keeps several.
 */
export async function readHome(client: KubeClient, signal: AbortSignal): Promise<readonly JsonObject[]> {
  const list = async (kind: string, namespace?: string): Promise<readonly KubeObject[]> =>
    await client.list({ apiVersion, kind }, { signal, ...(namespace === undefined ? {} : { namespace }) });
  const [meshes, clusters, services] = await Promise.all([
    list('Mesh', systemNamespace),
    list('MeshCluster', systemNamespace),
    list('MeshService'),
  ]);
  const [mesh, ...others] = meshes;
  if (mesh === undefined) {
    throw new IsthmusError('not-found', `${client.cluster} keeps no mesh: it has no Mesh in ${systemNamespace}`, {
      cluster: client.cluster,
      remedy: remedy`give the context of the mesh's home cluster, or the mesh file with ${option('file', 'FILE')}`,
    });
  }
  if (others.length > 0) {
    const names = meshes.map(({ metadata }) => metadata.name).join(', ');
    throw new IsthmusError('conflict', `${client.cluster} keeps several meshes: ${names}`, {
      cluster: client.cluster,
      remedy: remedy`give the file of the mesh that you mean with ${option('file', 'FILE')}`,
    });
  }
  const { name } = mesh.metadata;
  // Documents that were made with kubectl carry no label of a mesh.
  const ofMesh = ({ metadata }: KubeObject): boolean => (metadata.labels?.[meshLabel] ?? name) === name;
  return [mesh, ...[...clusters, ...services].filter(ofMesh)].map(documentOf);
}

function documentOf({ apiVersion: version, kind, metadata: { name, namespace }, spec }: KubeObject): JsonObject {
  const metadata = kind === 'MeshService' ? { name, namespace } : { name };
  return { apiVersion: version, kind, metadata, spec };
}
