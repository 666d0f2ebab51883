import type { JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { eastWestPort, eastWestSelector, istiodName, istiodPorts, istioNamespace } from './names.ts';
import { istiodOf, withRevision } from './revision.ts';

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
 * What lets remotes reach the istiod of a revision through its cluster's gateway (samples/multicluster/expose-istiod.yaml):
 * TLS is passed through undecrypted, discovery and certificates on 15012, the API server's webhook calls on 15017. Both
 * dial istiod by its name, so nothing but that name is let in.
 *
 * Each revision has its own, which stays as long as its istiod. They do not carry Istio's label of a revision: the
 * gateway's istiod, which is of another one by then, would not read them.
 */
export function istiodExposure(revision: string): readonly KubeObject[] {
  const name = istiodOf(revision);
  const hosts = [`${name}.${istioNamespace}.svc`];
  const gateway = withRevision(istiodGateway, revision);
  const labels = { app: istiodName };
  const server = (portName: string, number: number): JsonObject => ({
    port: { number, name: portName, protocol: 'TLS' },
    tls: { mode: 'PASSTHROUGH' },
    hosts,
  });
  const route = (from: number, to: number): JsonObject => ({
    match: [{ port: from, sniHosts: hosts }],
    // A name without dots is completed with this namespace and the cluster's DNS domain.
    route: [{ destination: { host: name, port: { number: to } } }],
  });
  const { discovery, webhook } = istiodPorts;
  const servers = [server('tls-istiod', discovery), server('tls-istiodwebhook', webhook)];
  return [
    {
      apiVersion: api,
      kind: 'Gateway',
      metadata: { name: gateway, namespace: istioNamespace, labels },
      spec: { selector, servers },
    },
    {
      apiVersion: api,
      kind: 'VirtualService',
      metadata: { name: withRevision('istiod-vs', revision), namespace: istioNamespace, labels },
      spec: { hosts, gateways: [gateway], tls: [route(discovery, discovery), route(webhook, 443)] },
    },
  ];
}
