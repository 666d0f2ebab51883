import type { ValuePath } from './form.ts';
import { pathText, quoteKey } from './wording.ts';

/** Where each part of an IstioOperator's `spec` belongs in a mesh file: people bring those that they have. */
const places: Readonly<Record<string, string>> = {
  addonComponents: 'istioctl no longer installs add-ons: install them with their own charts',
  components:
    "Isthmus decides which components there are: what k8s says of istiod belongs at spec.istio.values.pilot (autoscaleMin, replicaCount, resources), and the gateway's replicas at spec.gateway.replicas of the MeshCluster",
  hub: 'it belongs at spec.istio.values.global.hub',
  namespace: 'istiod runs in istio-system: remove it',
  profile:
    'Isthmus chooses the profile by the role of each cluster: what it sets beyond the defaults belongs at spec.istio.values',
  tag: 'it belongs at spec.istio.values.global.tag; spec.istio.version says which Istio that is',
  unvalidatedValues: 'it belongs at spec.istio.values',
};

/** The hint for a key of an IstioOperator beside those of `spec.istio`. */
export function operatorKeyHint(parent: ValuePath, key: string): string | undefined {
  const hint = pathText(parent) === 'spec.istio' && Object.hasOwn(places, key) ? places[key] : undefined;
  return hint === undefined ? undefined : `${quoteKey(key)} is one of an IstioOperator: ${hint}`;
}

/** The hint for an IstioOperator among the documents. */
export const operatorHint =
  'a mesh file takes the parts of an IstioOperator: spec.values at spec.istio.values and spec.meshConfig at spec.istio.meshConfig of the Mesh, hub and tag at spec.istio.values.global; cluster name, network, mesh ID and revision follow from the Mesh and its MeshClusters';
