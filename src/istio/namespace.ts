import type { KubeObject } from '../objects/object.ts';
import { istioNamespace, networkLabel } from './names.ts';
import { injectionLabels } from './revision.ts';

/** The clusters whose istiods take charge of this one; on istio-system. */
export const controlPlaneClustersAnnotation = 'topology.istio.io/controlPlaneClusters';

/**
 * istio-system with the cluster's network on it: istiod takes the network of a pod without a label of its own from
 * here, and so do the other clusters' istiods (pilot/pkg/serviceregistry/kube/controller/controller.go, Network).
 *
 * `primary` is the cluster whose istiod serves this one: it brings root certificates and its webhook's CA only into
 * clusters that name it here (.../controller/multicluster.go, checkShouldLead).
 */
export function controlPlaneNamespace(network: string, primary?: string): KubeObject {
  const istioSystem = namespace(istioNamespace, { [networkLabel]: network });
  if (primary === undefined) return istioSystem;
  const annotations = { [controlPlaneClustersAnnotation]: primary };
  return { ...istioSystem, metadata: { ...istioSystem.metadata, annotations } };
}

/**
 * A user's namespace with the injection label of a revision and nothing else. It stays the user's: it must never carry labels of
 * ownership, and is never pruned; only the label is removed.
 */
export function injectedNamespace(name: string, revision: string): KubeObject {
  return namespace(name, injectionLabels(revision));
}

function namespace(name: string, labels: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}
