import type { JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { eastWestPort, eastWestSelector, istiodPorts, istioNamespace } from './names.ts';
import { istiodOf } from './revision.ts';

/** The name that Istio's samples use, so that a mesh made by hand is recognized. */
export const crossNetworkGateway = 'cross-network-gateway';
export const istiodGateway = 'istiod-gateway';

const api = 'networking.istio.io/v1';
const selector = { istio: eastWestSelector };

/**
 * The Gateway that lets other networks in (samples/multicluster/expose-services.yaml): mutual TLS on 15443 is passed
 * through by its SNI to the service it names, undecrypted.
 *
 * `hosts` narrows which services can be reached. The default is every service of the cluster: the SNI of a service ends
 * in the cluster's DNS domain, and each workload still asks for a certificate of the mesh.
 */
export function crossNetworkExposure(hosts: readonly string[] = ['*.local']): KubeObject {
  return {
    apiVersion: api,
    kind: 'Gateway',
    metadata: { name: crossNetworkGateway, namespace: istioNamespace },
    spec: {
      selector,
      servers: [
        { port: { number: eastWestPort, name: 'tls', protocol: 'TLS' }, tls: { mode: 'AUTO_PASSTHROUGH' }, hosts },
      ],
    },
  };
}

/**
 * What lets remotes reach the istiod of this cluster through its gateway (samples/multicluster/expose-istiod.yaml): TLS
 * is passed through undecrypted, discovery and certificates on 15012, the API server's webhook calls on 15017. Both
 * dial istiod by its name, so nothing but the names of the revisions is let in.
 */
export function istiodExposure(revisions: readonly string[]): readonly KubeObject[] {
  const names = revisions.map(istiodOf);
  const hosts = names.map((name) => `${name}.${istioNamespace}.svc`);
  const server = (portName: string, number: number): JsonObject => ({
    port: { number, name: portName, protocol: 'TLS' },
    tls: { mode: 'PASSTHROUGH' },
    hosts,
  });
  const route = (name: string, from: number, to: number): JsonObject => ({
    match: [{ port: from, sniHosts: [`${name}.${istioNamespace}.svc`] }],
    // A name without dots is completed with this namespace and the cluster's DNS domain.
    route: [{ destination: { host: name, port: { number: to } } }],
  });
  const { discovery, webhook } = istiodPorts;
  const servers = [server('tls-istiod', discovery), server('tls-istiodwebhook', webhook)];
  const tls = names.flatMap((name) => [route(name, discovery, discovery), route(name, webhook, 443)]);
  return [
    {
      apiVersion: api,
      kind: 'Gateway',
      metadata: { name: istiodGateway, namespace: istioNamespace },
      spec: { selector, servers },
    },
    {
      apiVersion: api,
      kind: 'VirtualService',
      metadata: { name: 'istiod-vs', namespace: istioNamespace },
      spec: { hosts, gateways: [istiodGateway], tls },
    },
  ];
}
