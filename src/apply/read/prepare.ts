import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import type { JsonObject } from '../../base/json.ts';
import { unknownSettings } from '../../istio/unknown-settings.ts';
import type { VersionWish } from '../../istio/version.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { DeclaredMesh } from '../../mesh/declared.ts';
import { refKey, refOf } from '../../objects/object.ts';
import { type Observed, observe } from '../../observe/observe.ts';
import {
  desiredObjects,
  ingressOperatorOf,
  isDocument,
  operatorOf,
  type RenderedOf,
  type StagedObject,
  withRoot,
} from '../../plan/desired.ts';
import { inventoryRef, parseInventory } from '../../plan/inventory.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import type { MeshTrust } from '../../trust/resolve.ts';
import { issuerRefsOf } from '../../trust/stored-issuer.ts';
import { caCertsPlaces } from '../../trust/trust-secrets.ts';
import type { MeshPorts, MeshRequest } from '../options.ts';
import { type Adoption, readAdoption } from './adopt.ts';
import { type HeldTokens, isRenewing, readHeldTokens } from './held-tokens.ts';
import { linkRefs } from './links.ts';

/** One cluster of the run, after everything about it was read and before anything is written. */
export interface Prepared {
  readonly topology: ClusterTopology;
  readonly client: KubeClient;
  readonly observed: Observed;
  readonly objects: readonly StagedObject[];
  /** The tokens in its remote secrets that an operator renews; left out, none. */
  readonly tokens?: HeldTokens;
  /** `Operator`: the declared documents are there, and an operator keeps them, whose inventory does not name them. */
  readonly documents?: 'Operator' | undefined;
  /** What Istio's renderer logged beside them, and what it ignores. */
  readonly renderNotices: readonly string[];
  /** What an Istio that was there before the mesh means for it. */
  readonly adoption?: Adoption;
}

/** The results of reading the clusters. */
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
  const { clock, crypto, signal, clients } = ports;
  const { topology } = mesh;
  await requireRenderers(topology.clusters.filter(isRendered), ports);
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
      const holder = { topology: adopted, client, observed };
      const tokens = await readHeldTokens(holder, { home: clients.get(mesh.home), clock, signal }).catch(unread);
      if (tokens === undefined) return undefined;
      const documents = await keeperOf(holder, objects, ports);
      return { ...holder, objects, tokens, documents, renderNotices, adoption };
    }),
  );
  return { prepared: parts.filter((part) => part !== undefined), missing };
}

/** Who keeps the documents of a cluster where its inventory names none of them; nobody, where they are not there. */
async function keeperOf(
  { client, observed: { live, whole } }: Pick<Prepared, 'client' | 'observed'>,
  objects: readonly StagedObject[],
  { clock, signal }: Pick<MeshPorts, 'clock' | 'signal'>,
): Promise<'Operator' | undefined> {
  const documents = objects.map(({ object }) => refOf(object)).filter(isDocument);
  const inventory = whole.get(refKey(inventoryRef));
  const areThere = documents.length > 0 && documents.every((ref) => live.has(refKey(ref)));
  if (!areThere || inventory === undefined || parseInventory(inventory).some(isDocument)) return undefined;
  // Whoever may not read who leads gets the plan of a mesh that nobody leads.
  const isLed = await isRenewing(client, { clock, signal }).catch(() => false);
  signal.throwIfAborted();
  return isLed ? 'Operator' : undefined;
}

/** Istio's renderer has something to do for the cluster. */
function isRendered(topology: ClusterTopology): boolean {
  return rendersIstio(topology) || topology.cluster.spec.ingress !== undefined;
}

function rendersIstio({ istio, gateway }: ClusterTopology): boolean {
  return istio === 'Rendered' || gateway === 'EastWest';
}

/** What Istio's renderer is given for a cluster. */
function operatorsOf(declared: DeclaredMesh, cluster: ClusterTopology): readonly JsonObject[] {
  const ingress = ingressOperatorOf(declared, cluster);
  return [
    ...(rendersIstio(cluster) ? [operatorOf(declared, cluster)] : []),
    ...(ingress === undefined ? [] : [ingress]),
  ];
}

/** Throws what keeps one of the clusters from being rendered, before any of them is. */
export async function requireRenderers(
  clusters: readonly ClusterTopology[],
  { renderers, signal }: Pick<MeshPorts, 'renderers' | 'signal'>,
): Promise<void> {
  for (const wish of new Map(clusters.map((one) => [one.version, wishOf(one)])).values()) {
    await renderers.of(wish, { signal });
  }
}

function wishOf({ version, cluster: { metadata, spec } }: ClusterTopology): VersionWish {
  return { version, cluster: spec.istio?.version === undefined ? undefined : metadata.name };
}

/** What Istio's renderer gave, what it logged, and which settings it ignores. */
export interface RenderedIstio {
  readonly renderedOf: RenderedOf;
  /** Each line once. */
  readonly notices: readonly string[];
}

/** Istio for a cluster, and for those whose istiods run in it. */
export async function render(
  own: ClusterTopology,
  { declared, topology }: ResolvedMesh,
  { renderers, signal }: Pick<MeshPorts, 'renderers' | 'signal'>,
): Promise<RenderedIstio> {
  const notices = new Set<string>();
  const onNotice = (message: string): void => void notices.add(message);
  const wanted = [own, ...topology.clusters.filter(({ name }) => own.hosted.includes(name))].filter(isRendered);
  const rendered = await Promise.all(
    wanted.map(async (cluster) => {
      const renderer = await renderers.of(wishOf(cluster), { signal });
      const parts = await Promise.all(
        operatorsOf(declared, cluster).map(async (operator) => {
          for (const notice of unknownSettings(operator, cluster.version)) onNotice(notice);
          const objects = await renderer.render(operator, { signal, onNotice });
          // Whatever the mesh does not want is removed, so nothing at all must never pass for a wish.
          if (objects.length === 0) throw renderedNothing(cluster.name, declared);
          return objects;
        }),
      );
      return [cluster.name, parts.flat()] as const;
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
