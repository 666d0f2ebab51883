import type { KubeObject } from '../objects/object.ts';
import { eastWestPort, eastWestSelector, istioNamespace } from './names.ts';

/** The name that Istio's samples use, so that a mesh made by hand is recognized. */
export const crossNetworkGateway = 'cross-network-gateway';

/**
 * The Gateway that lets other networks in (samples/multicluster/expose-services.yaml): mutual TLS on 15443 is passed
 * through by its SNI to the service it names, undecrypted.
 *
 * `hosts` narrows which services can be reached. The default is every service of the cluster: the SNI of a service ends
 * in the cluster's DNS domain, and each workload still asks for a certificate of the mesh.
 */
export function crossNetworkExposure(hosts: readonly string[] = ['*.local']): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: crossNetworkGateway, namespace: istioNamespace },
    spec: {
      selector: { istio: eastWestSelector },
      servers: [
        { port: { number: eastWestPort, name: 'tls', protocol: 'TLS' }, tls: { mode: 'AUTO_PASSTHROUGH' }, hosts },
      ],
    },
  };
}
