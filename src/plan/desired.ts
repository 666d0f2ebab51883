import { isJsonObject, type JsonObject, mergeJson } from '../base/json.ts';
import { cededPaths } from '../istio/ceded.ts';
import { crossNetworkExposure } from '../istio/exposure.ts';
import { istioNamespace } from '../istio/names.ts';
import { controlPlaneNamespace, injectedNamespace } from '../istio/namespace.ts';
import { istioOperator, readsRemoteSecrets } from '../istio/operator.ts';
import { readerObjects } from '../istio/reader.ts';
import { withoutGatewaySecretAccess, withStartupProbes } from '../istio/rendered.ts';
import { type Stage, stageOf } from '../istio/stages.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { type KubeObject, refOf } from '../objects/object.ts';
import { owned, systemNamespace } from '../objects/ownership.ts';
import { type ClusterTopology, resolveTopology } from '../topology/topology.ts';
import type { DesiredObject } from './change.ts';

/** A wanted object and when its turn is. */
export interface StagedObject extends DesiredObject {
  readonly stage: Stage;
}

/** An annotation of istiod's pods: a new root changes it, and with it istiod starts anew and reads its new trust. */
export const rootAnnotation = 'isthmus.dev/root';

/** istiod's own Deployment, for the revision that has no name. */
export const istiodName = 'istiod';

/** The IstioOperator document of a cluster. */
export function operatorOf(declared: DeclaredMesh, topology: ClusterTopology): JsonObject {
  const { metadata, spec } = declared.mesh;
  const { gateway, istio } = topology.cluster.spec;
  return istioOperator({
    mesh: metadata.name,
    cluster: topology.name,
    network: topology.network,
    trustDomain: spec.trust.domain,
    version: spec.istio.version,
    gateway: topology.gateway === 'EastWest' ? gateway : undefined,
    settings: [spec.istio, istio ?? {}],
  });
}

/**
 * Every object that a cluster must hold and that follows from the mesh file alone. What follows from facts of the
 * clusters (certificates, remote secrets) comes on top.
 *
 * `rendered` is istioctl's output for `operatorOf` the cluster.
 */
export function desiredObjects(
  declared: DeclaredMesh,
  topology: ClusterTopology,
  rendered: readonly KubeObject[],
): readonly StagedObject[] {
  const mesh = declared.mesh.metadata.name;
  const ours = [
    ...withStartupProbes(withoutGatewaySecretAccess(rendered)).filter((object) => object.kind !== 'Namespace'),
    ...readerObjects(peersReadSecrets(declared, topology) ? 'Listed' : 'Untouched'),
    ...(topology.gateway === 'EastWest' ? [crossNetworkExposure()] : []),
  ].map((object) => staged(owned(object, mesh), 'Ours'));
  const shared = [
    namespaceObject(systemNamespace),
    controlPlaneNamespace(topology.network),
    ...topology.cluster.spec.injectNamespaces.map(injectedNamespace),
  ].map((object) => staged(object, 'Shared'));
  return [...shared, ...ours];
}

function peersReadSecrets(declared: DeclaredMesh, { peers }: ClusterTopology): boolean {
  return resolveTopology(declared).clusters.some(
    (other) => peers.includes(other.name) && readsRemoteSecrets(operatorOf(declared, other)),
  );
}

/** An object of this mesh that is not rendered. */
export function ownedObject(object: KubeObject, mesh: string): StagedObject {
  return staged(owned(object, mesh), 'Ours');
}

/** The objects with the mesh's root named on istiod's pods. */
export function withRoot(objects: readonly StagedObject[], fingerprint: string): readonly StagedObject[] {
  return objects.map((wanted) =>
    isIstiod(wanted.object) ? { ...wanted, object: annotatePods(wanted.object, fingerprint) } : wanted,
  );
}

function staged(object: KubeObject, ownership: DesiredObject['ownership']): StagedObject {
  return { object, ceded: cededPaths(refOf(object)), ownership, stage: stageOf(object) };
}

function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function isIstiod({ kind, metadata }: KubeObject): boolean {
  return kind === 'Deployment' && metadata.name === istiodName && metadata.namespace === istioNamespace;
}

function annotatePods(deployment: KubeObject, fingerprint: string): KubeObject {
  const spec: JsonObject = isJsonObject(deployment.spec) ? deployment.spec : {};
  return {
    ...deployment,
    spec: mergeJson(spec, { template: { metadata: { annotations: { [rootAnnotation]: fingerprint } } } }),
  };
}
