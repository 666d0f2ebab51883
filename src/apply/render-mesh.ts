import type { ClusterName } from '../api/name.ts';
import { isJsonObject } from '../base/json.ts';
import { partition } from '../base/partition.ts';
import { requireVersion } from '../istio/version.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import { lastingObject } from '../plan/change.ts';
import { desiredObjects, type StagedObject } from '../plan/desired.ts';
import type { RenderedObject } from '../plan/render-tree.ts';
import { type ClusterTopology, resolveTopology, type Topology } from '../topology/topology.ts';
import { caCertsPlaces, issuerSecretOf } from '../trust/trust-secrets.ts';
import type { ApplyMeshOptions } from './options.ts';
import { digest } from './read/digest.ts';
import { meshFacts } from './read/facts.ts';
import { linksOf } from './read/links.ts';
import { render } from './read/prepare.ts';

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
}

/**
 * Everything that follows from the mesh file and Istio's renderer, for each cluster; no cluster is asked. Whatever
 * holds a key or a token, and whatever only the clusters know, is named and left out. So are the fields that istiod sets
 * itself, or whoever applies the result would take turns with it.
 */
export async function renderMesh(
  options: Pick<ApplyMeshOptions, 'declared' | 'renderer' | 'signal'>,
): Promise<readonly RenderedCluster[]> {
  const { declared, renderer, signal } = options;
  requireVersion(await renderer.version({ signal }), declared.mesh.spec.istio.version);
  const topology = resolveTopology(declared);
  return await Promise.all(
    topology.clusters.map(async (cluster) => {
      const objects = desiredObjects(declared, cluster, await render(cluster, topology, options));
      const [confidential, open] = partition(objects, ({ object }) => hasContent(object));
      return {
        cluster: cluster.name,
        objects: open.map((desired) => ({ stage: desired.stage, object: lastingObject(desired) })),
        missing: [
          ...confidential.map(({ object }) => ({ ref: refOf(object), why: 'it holds confidential data' })),
          ...missingTrust(declared, cluster, topology),
          ...missingLinks(declared, cluster, objects),
        ],
      };
    }),
  );
}

/** A Secret without content is filled in by its cluster. */
function hasContent({ kind, data, stringData }: KubeObject): boolean {
  const isFilled = [data, stringData].some((content) => isJsonObject(content) && Object.keys(content).length > 0);
  return kind === 'Secret' && isFilled;
}

function missingTrust(declared: DeclaredMesh, { name }: ClusterTopology, topology: Topology): readonly MissingObject[] {
  const caCerts = caCertsPlaces(topology).filter(({ heldBy }) => heldBy === name);
  const issuer = name === declared.home.metadata.name ? issuerSecretOf(declared) : undefined;
  return [
    ...(issuer === undefined ? [] : [{ ref: issuer, why: "the mesh's issuer and its private key" }]),
    ...caCerts.map(({ ref, istiodOf }) => ({ ref, why: `the intermediate of ${istiodOf} and its private key` })),
  ];
}

function missingLinks(
  declared: DeclaredMesh,
  topology: ClusterTopology,
  objects: readonly StagedObject[],
): readonly MissingObject[] {
  const facts = meshFacts(declared.clusters.map(({ metadata }) => metadata.name));
  const known = new Set(objects.map(({ object }) => refKey(refOf(object))));
  const links = linksOf({ topology, mesh: declared.mesh.metadata.name, facts, objects, digest });
  return links.flatMap(({ to, refs }) =>
    refs
      .filter((ref) => !known.has(refKey(ref)))
      .map((ref) => ({
        ref,
        why: ref.kind === 'Secret' ? `the way to ${to}, with a token` : `the address of the istiod in ${to}`,
      })),
  );
}
