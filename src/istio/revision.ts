import { defaultRevision } from '../api/name.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import { eastWestSelector, ingressSelector, istiodName, istioNamespace } from './names.ts';

/** The label by which istiod injects the sidecar into the pods of a namespace, where its revision has no name. */
export const injectionLabel = 'istio-injection';

/** Which revision's istiod serves a namespace or a pod, or which one an object of Istio belongs to. */
export const revisionLabel = 'istio.io/rev';

/** The name of istiod's Deployment, Service and account (manifests/charts/istio-control/istio-discovery/templates). */
export function istiodOf(revision: string): string {
  return withRevision(istiodName, revision);
}

/** The name of an object that every revision has one of, such as the ConfigMap `istio`. */
export function withRevision(name: string, revision: string): string {
  return revision === defaultRevision ? name : `${name}-${revision}`;
}

/** The label by which the webhook of a revision injects the pods of a namespace. */
export function injectionLabels(revision: string): Readonly<Record<string, string>> {
  return revision === defaultRevision ? { [injectionLabel]: 'enabled' } : { [revisionLabel]: revision };
}

/**
 * The revision whose webhook injects the pods of a namespace with these labels; undefined where none does.
 * `istio-injection` wins over `istio.io/rev` (istio-discovery/templates/mutatingwebhook.yaml).
 */
export function injectedBy(labels: Readonly<Record<string, string>> = {}): string | undefined {
  const injection = labels[injectionLabel];
  if (injection !== undefined) return injection === 'enabled' ? defaultRevision : undefined;
  return labels[revisionLabel];
}

/** `istiod`, `istiod-green`, `istiod-clusterrole-green-istio-system`: accounts and roles state no revision but in their names. */
const accessName = /^istiod(?:-clusterrole|-gateway-controller)?(?:-(.+?))??(?:-istio-system)?$/;

/** What lets remotes reach an istiod (exposure.ts). */
const exposureName = /^istiod-(?:gateway|vs)(?:-(.+))?$/;

/** The revision whose control plane an object is a part of; undefined where it is part of none. */
export function controlPlaneRevision({ kind, metadata: { name, labels = {} } }: KubeObject): string | undefined {
  if (labels.istio === eastWestSelector || labels.istio === ingressSelector) return undefined;
  const stated = labels[revisionLabel];
  if (stated !== undefined) return stated;
  const names = kind === 'Gateway' || kind === 'VirtualService' ? exposureName : accessName;
  const match = labels.app === istiodName ? names.exec(name) : null;
  return match === null ? undefined : (match[1] ?? defaultRevision);
}

/** The istiod in a cluster that has one of its own. */
export function istiodDeployment({ revision }: Pick<ClusterTopology, 'revision'>): ObjectRef {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: istioNamespace, name: istiodOf(revision) };
}
