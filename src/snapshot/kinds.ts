import { IsthmusError } from '../base/error.ts';
import { describeRef, groupOf, type KindRef, type KubeObject, refOf } from '../objects/object.ts';

/** Every kind that decides where a request goes. Kinds that a cluster does not know count as empty. */
export const readKinds: readonly KindRef[] = [
  { apiVersion: 'v1', kind: 'Namespace' },
  { apiVersion: 'v1', kind: 'Node' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
  { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule' },
  { apiVersion: 'networking.istio.io/v1', kind: 'Gateway' },
  { apiVersion: 'networking.istio.io/v1', kind: 'ServiceEntry' },
  { apiVersion: 'networking.istio.io/v1', kind: 'Sidecar' },
  { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
  { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry' },
  { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy' },
  { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GRPCRoute' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'TCPRoute' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'TLSRoute' },
  { apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceExport' },
  { apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceImport' },
];

/** Every kind of which an object can change a prediction. */
const predictedKinds: readonly KindRef[] = [
  ...readKinds,
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'Secret' },
];

/** Throws `invalid-config`: an object of a kind that no prediction reads would change nothing, whatever was meant. */
export function refuseUnpredicted(object: KubeObject): void {
  refuseUnlike(object, predictedKinds, 'change objects');
}

/** Of a Deployment only the status tells: whether control planes and gateways run. */
const storedKinds: readonly KindRef[] = [...predictedKinds, { apiVersion: 'apps/v1', kind: 'Deployment' }];

/** Throws `invalid-config`: an object of a folder whose kind is misspelt would be missing from every answer. */
export function refuseUnstored(object: KubeObject): void {
  refuseUnlike(object, storedKinds, 'correct the kind or leave the object out: a snapshot holds objects');
}

function refuseUnlike(object: KubeObject, kinds: readonly KindRef[], advice: string): void {
  const { apiVersion, kind } = object;
  const isKnown = kinds.some((one) => one.kind === kind && groupOf(one.apiVersion) === groupOf(apiVersion));
  if (isKnown) return;
  const known = kinds.map((one) => `${one.kind} (${one.apiVersion})`).join(', ');
  throw new IsthmusError(
    'invalid-config',
    `${describeRef(refOf(object))}: predictions read no ${kind} of ${apiVersion}`,
    {
      remedy: `${advice} of the kinds ${known}`,
    },
  );
}
