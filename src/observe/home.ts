import { stringify } from 'yaml';
import { apiVersion } from '../api/mesh.ts';
import { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel, systemNamespace } from '../objects/ownership.ts';

/**
 * The documents that a mesh's home cluster keeps, as the text of a mesh file. Throws `not-found` where the cluster is
 * nobody's home, `conflict` where it is that of several meshes.
 */
export async function readHome(client: KubeClient, signal: AbortSignal): Promise<string> {
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
      remedy: "give the context of the mesh's home cluster, or the mesh file with -f FILE",
    });
  }
  if (others.length > 0) {
    const names = meshes.map(({ metadata }) => metadata.name).join(', ');
    throw new IsthmusError('conflict', `${client.cluster} keeps several meshes: ${names}`, {
      cluster: client.cluster,
      remedy: 'give the mesh file of the one that is meant with -f FILE',
    });
  }
  const { name } = mesh.metadata;
  // Documents that were made with kubectl carry no label of a mesh.
  const ofMesh = ({ metadata }: KubeObject): boolean => (metadata.labels?.[meshLabel] ?? name) === name;
  return [mesh, ...[...clusters, ...services].filter(ofMesh)].map(documentText).join('---\n');
}

function documentText({ apiVersion: version, kind, metadata: { name, namespace }, spec }: KubeObject): string {
  const metadata = kind === 'MeshService' ? { name, namespace } : { name };
  return stringify({ apiVersion: version, kind, metadata, spec }, { lineWidth: 0 });
}
