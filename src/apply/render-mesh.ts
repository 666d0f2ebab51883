import type { ClusterName } from '../api/name.ts';
import { isJsonObject } from '../base/json.ts';
import { partition } from '../base/partition.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import { lastingObject } from '../plan/change.ts';
import { desiredObjects, type StagedObject } from '../plan/desired.ts';
import type { RenderedObject } from '../plan/render-tree.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import { issuerRefsOf } from '../trust/stored-issuer.ts';
import { caCertsPlaces } from '../trust/trust-secrets.ts';
import type { MeshPorts } from './options.ts';
import { linkRefs } from './read/links.ts';
import { render, requireRenderers } from './read/prepare.ts';

/** An object that an apply would write and that is not among the rendered ones, and why. */
export interface MissingObject {
  readonly ref: ObjectRef;
  readonly why: string;
}

/** What an apply would write to one cluster, as far as it follows from the mesh file alone. */
export interface RenderedCluster {
  readonly cluster: ClusterName;
  readonly objects: readonly RenderedObject[];
  readonly missing: readonly MissingObject[];
  /** What Istio's renderer logged beside them. */
  readonly notices: readonly string[];
}

/**
 * Everything that follows from the mesh file and Istio's renderer, for each cluster; no cluster is asked. Whatever
 * holds a key or a token, and whatever only the clusters know, is named and left out. So are the fields that istiod sets
 * itself, or whoever applies the result would take turns with it.
 */
export async function renderMesh(
  mesh: ResolvedMesh,
  ports: Pick<MeshPorts, 'renderers' | 'signal'>,
): Promise<readonly RenderedCluster[]> {
  const { topology } = mesh;
  await requireRenderers(topology.clusters, ports);
  return await Promise.all(
    topology.clusters.map(async (cluster) => {
      const { renderedOf, notices } = await render(cluster, mesh, ports);
      const objects = desiredObjects(mesh, cluster, renderedOf);
      const [confidential, open] = partition(objects, ({ object }) => hasContent(object));
      return {
        cluster: cluster.name,
        objects: open.map((desired) => ({ stage: desired.stage, object: lastingObject(desired) })),
        missing: [
          ...confidential.map(({ object }) => ({ ref: refOf(object), why: 'it holds confidential data' })),
          ...missingTrust(mesh, cluster),
          ...missingLinks(cluster, objects),
        ],
        notices,
      };
    }),
  );
}

/** A Secret without content is filled in by its cluster. */
function hasContent({ kind, data, stringData }: KubeObject): boolean {
  const isFilled = [data, stringData].some((content) => isJsonObject(content) && Object.keys(content).length > 0);
  return kind === 'Secret' && isFilled;
}

function missingTrust(mesh: ResolvedMesh, { name }: ClusterTopology): readonly MissingObject[] {
  const caCerts = caCertsPlaces(mesh.topology).filter(({ heldBy }) => heldBy === name);
  const ofIssuer = name === mesh.home ? issuerRefsOf(mesh.declared) : [];
  return [
    ...ofIssuer.map((ref) => ({
      ref,
      why: ref.kind === 'Secret' ? "the mesh's issuer and its private key" : "the key that encrypts the issuer's",
    })),
    ...caCerts.map(({ ref, istiodOf }) => ({ ref, why: `the intermediate of ${istiodOf} and its private key` })),
  ];
}

function missingLinks(topology: ClusterTopology, objects: readonly StagedObject[]): readonly MissingObject[] {
  const known = new Set(objects.map(({ object }) => refKey(refOf(object))));
  return linkRefs(topology, objects).flatMap(({ to, refs }) =>
    refs
      .filter((ref) => !known.has(refKey(ref)))
      .map((ref) => ({
        ref,
        why: ref.kind === 'Secret' ? `the way to ${to}, with a token` : `the address of the istiod in ${to}`,
      })),
  );
}
