import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { requireVersion } from '../../istio/version.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { DeclaredMesh } from '../../mesh/declared.ts';
import { refOf } from '../../objects/object.ts';
import { type Observed, observe } from '../../observe/observe.ts';
import { desiredObjects, operatorOf, type RenderedOf, type StagedObject, withRoot } from '../../plan/desired.ts';
import { inventoryRef } from '../../plan/inventory.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import type { MeshTrust } from '../../trust/resolve.ts';
import { issuerRefsOf } from '../../trust/stored-issuer.ts';
import { caCertsPlaces } from '../../trust/trust-secrets.ts';
import type { MeshPorts, MeshRequest } from '../options.ts';
import { type Adoption, readAdoption } from './adopt.ts';
import { linkRefs } from './links.ts';

/** One cluster of the run, after everything about it was read and before anything is written. */
export interface Prepared {
  readonly topology: ClusterTopology;
  readonly client: KubeClient;
  readonly observed: Observed;
  readonly objects: readonly StagedObject[];
  /** What Istio's renderer logged beside them. */
  readonly renderNotices: readonly string[];
  /** What an Istio that was there before the mesh means for it. */
  readonly adoption?: Adoption;
}

/** What came of reading the clusters. */
export interface Preparation {
  readonly prepared: readonly Prepared[];
  /** Clusters without a part in the run: those that never answered, and those that could not be read. */
  readonly missing: ReadonlyMap<ClusterName, IsthmusError>;
}

/**
 * Renders and reads every cluster at once. One that cannot be read costs its own part, unless it is the home cluster:
 * then its error is thrown, as is whatever concerns istioctl.
 */
export async function prepareAll(request: MeshRequest): Promise<Preparation> {
  const { mesh, ports, scope } = request;
  const { renderer, clock, crypto, signal, clients } = ports;
  const { declared, topology } = mesh;
  if (topology.clusters.some(isRendered)) {
    requireVersion(await renderer.version({ signal }), declared.mesh.spec.istio.version);
  }
  const missing = new Map(ports.unreachable);
  const parts = await Promise.all(
    topology.clusters.map(async (cluster): Promise<Prepared | undefined> => {
      const client = clients.get(cluster.name);
      if (client === undefined) return undefined;
      const unread = (error: unknown): undefined => {
        if (signal.aborted || cluster.name === mesh.home) throw error;
        missing.set(cluster.name, asIsthmusError(error));
      };
      const adoption = await readAdoption(cluster, client, { mesh, clock, crypto, signal }).catch(unread);
      if (adoption === undefined) return undefined;
      const adopted = adoption.topology;
      const { renderedOf, notices: renderNotices } = await render(adopted, mesh, ports);
      const objects = desiredObjects(mesh, adopted, renderedOf, scope.homeDocuments);
      const observed = await read(client, adopted, objects, { mesh, signal }).catch(unread);
      if (observed === undefined) return undefined;
      return { topology: adopted, client, objects, renderNotices, observed, adoption };
    }),
  );
  return { prepared: parts.filter((part) => part !== undefined), missing };
}

/** Istio's renderer has something to do for the cluster. */
function isRendered({ istio, gateway }: ClusterTopology): boolean {
  return istio === 'Rendered' || gateway === 'EastWest';
}

/** What Istio's renderer gave, and what it logged. */
export interface RenderedIstio {
  readonly renderedOf: RenderedOf;
  /** Each line once. */
  readonly notices: readonly string[];
}

/** Istio for a cluster, and for those whose istiods run in it. */
export async function render(
  own: ClusterTopology,
  { declared, topology }: ResolvedMesh,
  { renderer, signal }: Pick<MeshPorts, 'renderer' | 'signal'>,
): Promise<RenderedIstio> {
  const notices = new Set<string>();
  const onNotice = (message: string): void => void notices.add(message);
  const wanted = [own, ...topology.clusters.filter(({ name }) => own.hosted.includes(name))].filter(isRendered);
  const rendered = await Promise.all(
    wanted.map(async (cluster) => {
      const objects = await renderer.render(operatorOf(declared, cluster), { signal, onNotice });
      // Whatever the mesh does not want is removed, so nothing at all must never pass for a wish.
      if (objects.length === 0) throw renderedNothing(cluster.name, declared);
      return [cluster.name, objects] as const;
    }),
  );
  const byName = new Map(rendered);
  return { renderedOf: (cluster) => byName.get(cluster) ?? [], notices: [...notices] };
}

function renderedNothing(cluster: ClusterName, { mesh }: DeclaredMesh): IsthmusError {
  const code = mesh.spec.istio.renderer === 'Helm' ? 'helm-failed' : 'istioctl-failed';
  return new IsthmusError(code, `${cluster}: Istio's renderer gave no object at all; nothing was changed`, {
    cluster,
    remedy: 'check the program that renders Istio, and spec.istio of the Mesh and of the MeshCluster',
  });
}

async function read(
  client: KubeClient,
  cluster: ClusterTopology,
  objects: readonly StagedObject[],
  { mesh, signal }: { readonly mesh: ResolvedMesh; readonly signal: AbortSignal },
): Promise<Observed> {
  const isHome = cluster.name === mesh.home;
  const places = caCertsPlaces(mesh.topology).filter(({ heldBy }) => heldBy === cluster.name);
  const caCerts = places.map(({ ref }) => ref);
  const linked = linkRefs(cluster, objects).flatMap(({ refs }) => refs);
  return await observe(client, {
    listed: [...objects.map(({ object }) => refOf(object)), ...linked],
    whole: [...caCerts, inventoryRef, ...(isHome ? issuerRefsOf(mesh.declared) : [])],
    signal,
  });
}

/** What follows from the mesh file, with the mesh's trust in it. */
export function trusted(
  { topology: { name }, objects }: Prepared,
  trust: MeshTrust,
  mesh: ResolvedMesh,
): readonly StagedObject[] {
  return [
    ...withRoot(objects, trust.rootFingerprint),
    ...(trust.caCerts.get(name) ?? []),
    ...(name === mesh.home && trust.issuer !== undefined ? [trust.issuer.wrapping, trust.issuer.secret] : []),
  ];
}
