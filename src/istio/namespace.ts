import type { KubeObject } from '../objects/object.ts';
import { istioNamespace, networkLabel } from './names.ts';

/** The label by which istiod injects the sidecar into the pods of a namespace. */
export const injectionLabel = 'istio-injection';

/**
 * istio-system with the cluster's network on it: istiod takes the network of a pod without a label of its own from
 * here, and so do the other clusters' istiods (pilot/pkg/serviceregistry/kube/controller/controller.go, Network).
 */
export function controlPlaneNamespace(network: string): KubeObject {
  return namespace(istioNamespace, { [networkLabel]: network });
}

/**
 * A user's namespace with the injection label and nothing else. It stays the user's: it must never carry labels of
 * ownership, and is never pruned; only the label is taken back.
 */
export function injectedNamespace(name: string): KubeObject {
  return namespace(name, { [injectionLabel]: 'enabled' });
}

function namespace(name: string, labels: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}
