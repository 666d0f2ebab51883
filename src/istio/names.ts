import { shortName } from '../base/short-name.ts';

/** The namespace of istiod, its trust and its remote secrets. */
export const istioNamespace = 'istio-system';

/** istiod's Deployment, Service and account, for the revision that has no name. */
export const istiodName = 'istiod';

/** Where istiod keeps a CA of its own making (security/pkg/pki/ca/ca.go, CASecret). */
export const selfSignedSecret = 'istio-ca-secret';

/** istiod's ports for proxies and for the API server's webhooks, at its pod and at an east-west gateway. */
export const istiodPorts = { discovery: 15012, webhook: 15017 } as const;

/** Deployment and Service of the gateway through which other networks reach this one. */
export const eastWestGateway = 'istio-eastwestgateway';

/** The value of the label `istio` that selects the pods of the east-west gateway. */
export const eastWestSelector = 'eastwestgateway';

/** Deployment and Service of the gateway through which requests from outside the mesh come in. */
export const ingressGateway = 'istio-ingressgateway';

/** The value of the label `istio` by which users' Gateways select its pods. */
export const ingressSelector = 'ingressgateway';

/** The network of a pod, a gateway's Service, or (on istio-system) of the whole cluster. */
export const networkLabel = 'topology.istio.io/network';

/** The networks whose endpoints istiod gives a gateway, by commas (REQUESTED_NETWORK_VIEW in pkg/model/proxy.go). */
export const networkViewVariable = 'ISTIO_META_REQUESTED_NETWORK_VIEW';

/** The port that carries mutual TLS between networks; istiod looks for exactly this one (pilot/pkg/serviceregistry/kube/controller/network.go). */
export const eastWestPort = 15443;

/**
 * The namespace, in a hub, of the istiod of another cluster. The prefix is not `istio-`: a cluster called `system`
 * would get the hub's own.
 */
export function hostedNamespace(cluster: string): string {
  return shortName(`istiod-${cluster}`);
}

/** True for the namespaces in which istiods run. Elsewhere anybody may have labelled something as one. */
export function isOfIstiods(namespace: string | undefined): boolean {
  return namespace === istioNamespace || namespace?.startsWith(hostedNamespace('')) === true;
}
