/** The namespace of istiod, its trust and its remote secrets. */
export const istioNamespace = 'istio-system';

/** Deployment and Service of the gateway through which other networks reach this one. */
export const eastWestGateway = 'istio-eastwestgateway';

/** The value of the label `istio` that selects the pods of the east-west gateway. */
export const eastWestSelector = 'eastwestgateway';

/** The network of a pod, a gateway's Service, or (on istio-system) of the whole cluster. */
export const networkLabel = 'topology.istio.io/network';

/** The port that carries mutual TLS between networks; istiod looks for exactly this one (pilot/pkg/serviceregistry/kube/controller/network.go). */
export const eastWestPort = 15443;
