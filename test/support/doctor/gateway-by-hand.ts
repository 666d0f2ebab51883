const gatewayPorts = { 'status-port': 15_021, tls: 15_443, 'tls-istiod': 15_012, 'tls-webhook': 15_017 };

/** The east-west gateway of a cluster on this network, as an IstioOperator names it. */
export function gatewayOf(network: string): object {
  const ports = Object.entries(gatewayPorts).map(([name, port]) => ({ name, port, targetPort: port }));
  return {
    name: 'istio-eastwestgateway',
    enabled: true,
    label: { istio: 'eastwestgateway', app: 'istio-eastwestgateway', 'topology.istio.io/network': network },
    k8s: { env: [{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: network }], service: { ports } },
  };
}

/** Lets other networks reach the services of a cluster. */
export const exposedServices: object = gatewayObject('cross-network-gateway', [
  server('tls', 15_443, 'AUTO_PASSTHROUGH', '*.local'),
]);

/** Lets remotes reach the istiod of their primary. */
export const exposedIstiod: readonly object[] = [
  gatewayObject('istiod-gateway', [
    server('tls-istiod', 15_012, 'PASSTHROUGH', '*'),
    server('tls-istiodwebhook', 15_017, 'PASSTHROUGH', '*'),
  ]),
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'istiod-vs', namespace: 'istio-system' },
    spec: { hosts: ['*'], gateways: ['istiod-gateway'], tls: [routed(15_012, 15_012), routed(15_017, 443)] },
  },
];

function gatewayObject(name: string, servers: readonly object[]): object {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'istio-system' },
    spec: { selector: { istio: 'eastwestgateway' }, servers },
  };
}

function server(name: string, number: number, mode: string, host: string): object {
  return { port: { number, name, protocol: 'TLS' }, tls: { mode }, hosts: [host] };
}

function routed(port: number, number: number): object {
  const destination = { host: 'istiod.istio-system.svc.cluster.local', port: { number } };
  return { match: [{ port, sniHosts: ['*'] }], route: [{ destination }] };
}
