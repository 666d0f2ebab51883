import { apiGroup } from '../api/crd.ts';
import type { MeshService } from '../api/mesh-service.ts';
import type { ClusterName } from '../api/name.ts';
import { isJsonObject, type JsonObject, mergeJson } from '../base/json.ts';
import { oncePer, oncePerText } from '../base/memo.ts';
import { cededPaths } from '../istio/ceded.ts';
import { crossNetworkExposure, istiodExposure } from '../istio/exposure.ts';
import { hostedControlPlane, hostedObjects, splitControlPlane } from '../istio/hosted.ts';
import { meshNetworks } from '../istio/mesh-networks.ts';
import { clusterLocalSettings, meshServiceObjects } from '../istio/mesh-service.ts';
import { eastWestGateway, ingressGateway, istiodName, networkLabel } from '../istio/names.ts';
import { controlPlaneNamespace, injectedNamespace } from '../istio/namespace.ts';
import { type ControlPlane, ingressOperator, istioOperator, readsRemoteSecrets } from '../istio/operator.ts';
import { istiodToken, type ReaderRights, readerObjects } from '../istio/reader.ts';
import { withGatewayService, withoutGatewaySecretAccess, withStartupProbes } from '../istio/rendered.ts';
import { type Stage, stageOf } from '../istio/stages.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { steeredServices } from '../mesh/shifted.ts';
import { groupOf, type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { clusterNameAnnotation, owned, systemNamespace } from '../objects/ownership.ts';
import { gatewayAddresses } from '../topology/gateway-addresses.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { type ClusterTopology, revisionOf } from '../topology/topology.ts';
import type { DesiredObject } from './change.ts';
import { documentDefinitions, homeDocuments } from './documents.ts';

/** A wanted object and when its turn is. */
export interface StagedObject extends DesiredObject {
  readonly stage: Stage;
}

/** An annotation of istiod's pods: a new root changes it, and with it istiod restarts and reads its new trust. */
export const rootAnnotation = 'isthmus.dev/root';

/** The IstioOperator document of a cluster. */
export function operatorOf(declared: DeclaredMesh, topology: ClusterTopology): JsonObject {
  const { metadata, spec } = declared.mesh;
  const { gateway, istio } = topology.cluster.spec;
  return istioOperator({
    mesh: metadata.name,
    cluster: topology.name,
    network: topology.network,
    trustDomain: spec.trust.domain,
    version: topology.version,
    role: roleOf(topology),
    revision: topology.revision,
    servesRemotes: topology.remotes.length > 0,
    gateway: topology.gateway === 'EastWest' ? gateway : undefined,
    meshNetworks: meshNetworksOf(declared, topology),
    serviceSettings: clusterLocalSettings(steeredServices(declared)),
    settings: [spec.istio, istio ?? {}],
  });
}

/** The IstioOperator document of a cluster's ingress gateway; undefined where it declares none. */
export function ingressOperatorOf(
  { mesh: { metadata, spec } }: DeclaredMesh,
  { cluster, name, network, version, revision }: ClusterTopology,
): JsonObject | undefined {
  if (cluster.spec.ingress === undefined) return undefined;
  return ingressOperator({
    mesh: metadata.name,
    cluster: name,
    network,
    trustDomain: spec.trust.domain,
    version,
    revision,
    settings: [spec.istio, cluster.spec.istio ?? {}],
  });
}

function roleOf({ controlPlane, istio }: ClusterTopology): ControlPlane['role'] {
  if (istio === 'Installed') return 'GatewayOnly';
  return controlPlane.kind === 'RemoteOf' ? 'Remote' : 'Primary';
}

/** What the istiod of a cluster learns of gateways that do not state their addresses: those for the network of that cluster. */
export function meshNetworksOf({ clusters }: DeclaredMesh, reader: ClusterTopology): JsonObject | undefined {
  if (!reader.spansNetworks) return undefined;
  return meshNetworks(
    clusters.flatMap(({ spec: { network, gateway } }) => {
      const addresses = gatewayAddresses(gateway, reader.network);
      return addresses === undefined ? [] : [{ network, addresses }];
    }),
  );
}

/**
 * Whether the declared documents are written into the home cluster, or left to those who keep them there: an operator
 * must not write the spec that it reconciles.
 */
export type HomeDocuments = 'Write' | 'Leave';

/** True for a declared document, wherever it came from. */
export function isDocument({ apiVersion, kind }: ObjectRef): boolean {
  return groupOf(apiVersion) === apiGroup && documentKinds.has(kind);
}

const documentKinds: ReadonlySet<string> = new Set(['Mesh', 'MeshCluster', 'MeshService']);

/** istioctl's output for `operatorOf` and `ingressOperatorOf` a cluster. */
export type RenderedOf = (cluster: ClusterName) => readonly KubeObject[];

/**
 * Every object that a cluster must hold and that follows from the mesh file alone. What follows from facts of the
 * clusters (certificates, remote secrets, addresses) comes on top.
 */
export function desiredObjects(
  mesh: ResolvedMesh,
  topology: ClusterTopology,
  renderedOf: RenderedOf,
  documents: HomeDocuments = 'Write',
): readonly StagedObject[] {
  const { declared } = mesh;
  const isHome = topology.name === mesh.home;
  const { network, remotes } = topology;
  const isAddressed = topology.cluster.spec.gateway.addresses !== undefined;
  const rendered = withGatewayService(settled(renderedOf(topology.name)), {
    network: isAddressed ? undefined : network,
    hasWebhookPort: remotes.length > 0,
  });
  const services = steeredServices(declared).filter((one) => !isPaused(one, declared));
  const isExternal = topology.controlPlane.kind === 'ExternalOf';
  const ours = [
    ...(isExternal ? splitControlPlane(rendered).staying : rendered),
    ...readerObjects(readerRights(mesh, topology, rendered)),
    ...(isExternal ? [istiodToken()] : []),
    ...(topology.exposure === 'CrossNetwork' ? [crossNetworkExposure()] : []),
    ...(remotes.length > 0 ? revisionsIn(topology).flatMap(istiodExposure) : []),
    ...(topology.controlPlane.kind === 'RemoteOf' ? [] : meshServiceObjects(services)),
    ...(isHome ? documentDefinitions(mesh.name) : []),
  ].map((object) => withPlace(ownedObject(object, mesh.name), topology));
  const shared = [
    namespaceObject(systemNamespace),
    controlPlaneNamespace(network, primaryOf(topology)),
    ...topology.cluster.spec.injectNamespaces.map((name) => injectedNamespace(name, revisionOf(topology, name))),
    ...(isHome && documents === 'Write' ? homeDocuments(declared) : []),
  ].map((object) => staged(object, 'Shared'));
  return [...shared, ...ours, ...hosting(mesh.name, topology, renderedOf)];
}

function isPaused({ metadata: { name, namespace } }: MeshService, { paused = [] }: DeclaredMesh): boolean {
  return paused.some((one) => one.name === name && one.namespace === namespace);
}

/**
 * The pods of gateways say themselves where they are. A gateway under the old name of a cluster would get neither
 * configuration nor certificates. And istiod injects the network that its template named a moment ago: a
 * gateway with the old one would send what arrives for the new one to the gateway of that network, which is itself. Its
 * label goes before the template (pkg/kube/inject, extractClusterAndNetwork).
 */
function withPlace(wanted: StagedObject, { name, network }: ClusterTopology): StagedObject {
  const { name: object } = wanted.object.metadata;
  if (object !== eastWestGateway && object !== ingressGateway) return wanted;
  return withPodMetadata(wanted, {
    annotations: { [clusterNameAnnotation]: name },
    labels: { [networkLabel]: network },
  });
}

/** What istioctl rendered, as the mesh wants it. */
function settled(rendered: readonly KubeObject[]): readonly KubeObject[] {
  return withStartupProbes(withoutGatewaySecretAccess(rendered)).filter((object) => object.kind !== 'Namespace');
}

/** The revisions of the istiods that serve a cluster. */
function revisionsIn({ revision, previousRevision }: ClusterTopology): readonly string[] {
  return previousRevision === undefined ? [revision] : [revision, previousRevision];
}

function primaryOf({ controlPlane }: ClusterTopology): ClusterName | undefined {
  return controlPlane.kind === 'RemoteOf' ? controlPlane.primary : undefined;
}

function readerRights(
  { declared, topology: ofMesh }: ResolvedMesh,
  topology: ClusterTopology,
  rendered: readonly KubeObject[],
): ReaderRights {
  const readers = ofMesh.clusters.filter(({ peers }) => peers.includes(topology.name));
  // A revision on its way out may be of a version that cannot do without.
  const areListed = readers.some(
    (reader) => revisionsIn(reader).length > 1 || readsRemoteSecrets(operatorOf(declared, reader)),
  );
  const webhooks = rendered.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
  return {
    secrets: areListed ? 'Listed' : 'Untouched',
    servedWebhooks: primaryOf(topology) === undefined ? undefined : webhooks.map(({ metadata }) => metadata.name),
    revisions: readers.flatMap(revisionsIn),
  };
}

/** What a hub holds for the clusters whose istiods run in it. */
function hosting(mesh: string, { hosted, cluster }: ClusterTopology, renderedOf: RenderedOf): readonly StagedObject[] {
  return hosted.flatMap((name) => {
    const { running } = splitControlPlane(settled(renderedOf(name)));
    return [
      ...hostedObjects(name, cluster.spec.gateway).map((object) => ownedObject(object, mesh)),
      ...hostedControlPlane(name, running).map(
        (object): StagedObject => ({ ...ownedObject(object, mesh), stage: 'Hosted' }),
      ),
    ];
  });
}

/** An object of this mesh that is not rendered. */
export function ownedObject(object: KubeObject, mesh: string): StagedObject {
  return object.kind === 'CustomResourceDefinition'
    ? ownedDefinition(object)(mesh)
    : staged(owned(object, mesh), 'Ours');
}

/** Definitions are nine tenths of what a cluster is to hold, and the same in each run: the same object, so that its digest is too. */
const ownedDefinition = oncePer((definition: KubeObject) =>
  oncePerText({ texts: 2, characters: 253 }, (mesh) => staged(owned(definition, mesh), 'Heritable')),
);

/** The objects with the mesh's root named on istiod's pods. */
export function withRoot(objects: readonly StagedObject[], fingerprint: string): readonly StagedObject[] {
  return objects.map((wanted) =>
    isIstiod(wanted.object) ? withPodAnnotation(wanted, { [rootAnnotation]: fingerprint }) : wanted,
  );
}

/** A Deployment with annotations on its pods, so that a change of them starts new ones; anything else as it is. */
export function withPodAnnotation(wanted: StagedObject, annotations: Readonly<Record<string, string>>): StagedObject {
  return withPodMetadata(wanted, { annotations });
}

function withPodMetadata(wanted: StagedObject, metadata: JsonObject): StagedObject {
  const { object } = wanted;
  if (object.kind !== 'Deployment') return wanted;
  const spec: JsonObject = isJsonObject(object.spec) ? object.spec : {};
  return { ...wanted, object: { ...object, spec: mergeJson(spec, { template: { metadata } }) } };
}

function staged(object: KubeObject, ownership: DesiredObject['ownership']): StagedObject {
  return { object, ceded: cededPaths(refOf(object)), ownership, stage: stageOf(object) };
}

function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function isIstiod({ kind, metadata }: KubeObject): boolean {
  return kind === 'Deployment' && metadata.labels?.app === istiodName;
}
