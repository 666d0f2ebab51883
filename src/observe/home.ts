import { apiVersion } from '../api/mesh.ts';
import { IsthmusError } from '../base/error.ts';
import { isJsonObject, type JsonObject, valueAt } from '../base/json.ts';
import { option, remedy } from '../base/remedy.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel, systemNamespace } from '../objects/ownership.ts';

export interface HomeReading {
  /** The clusters of a mesh that stay in it without a document; one that has a document is what that says. */
  readonly retained?: (mesh: string) => Promise<readonly KubeObject[]>;
}

/**
 * The documents that a mesh's home cluster keeps, the Mesh first, without what only the cluster needs. Throws
 * `not-found` where the cluster keeps no mesh, `conflict` where it keeps several.
 */
export async function readHome(
  client: KubeClient,
  signal: AbortSignal,
  { retained = async () => [] }: HomeReading = {},
): Promise<readonly JsonObject[]> {
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
  const present = clusters.filter(ofMesh);
  const isGone = (one: KubeObject): boolean => !present.some(({ metadata }) => metadata.name === one.metadata.name);
  const own = [...present, ...(await retained(name)).filter(isGone)];
  return [withHome(mesh, own, client), ...own, ...services.filter(ofMesh)].map(documentOf);
}

/**
 * Custom resources have no order, and so no first cluster that could be the home: the Mesh names it, or one cluster says that it is the
 * one in which the documents are.
 */
function withHome(mesh: KubeObject, clusters: readonly KubeObject[], { cluster }: KubeClient): KubeObject {
  if (clusters.length < 2 || valueAt(mesh, ['spec', 'home']) !== undefined) return mesh;
  const [here, ...others] = clusters.filter((one) => valueAt(one, ['spec', 'access', 'inCluster']) !== undefined);
  if (here !== undefined && others.length === 0 && isJsonObject(mesh.spec)) {
    return { ...mesh, spec: { ...mesh.spec, home: here.metadata.name } };
  }
  throw new IsthmusError('invalid-config', `Mesh ${mesh.metadata.name} of ${cluster} does not name its home cluster`, {
    cluster,
    remedy: 'set spec.home of the Mesh to the name of the MeshCluster that keeps the documents',
  });
}

function documentOf({ apiVersion: version, kind, metadata: { name, namespace }, spec }: KubeObject): JsonObject {
  const metadata = kind === 'MeshService' ? { name, namespace } : { name };
  return { apiVersion: version, kind, metadata, spec };
}
