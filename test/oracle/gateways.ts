import type { JsonObject } from '../../src/base/json.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { type Draft, type DraftCluster, fields, object, systemNamespace } from './draft.ts';
import type { Random } from './random.ts';

/** Adds the ways into each cluster's network, of every kind that istiod finds by itself. */
export function addGateways(draft: Draft): void {
  const { random } = draft;
  // A mesh without any gateway is flat, whatever its networks are called.
  if (random.chance(0.1)) return;
  // istiod asks the machine's DNS for names, which no test may depend on: they come only where istiod leaves them alone.
  const hasNames = draft.flags.RESOLVE_HOSTNAME_GATEWAYS === 'false';
  for (const cluster of draft.clusters) {
    const network = random.chance(0.06) ? random.pick(draft.networks) : cluster.network;
    if (network === '') continue;
    if (random.chance(0.75))
      cluster.objects.push(gatewayService(random, cluster, { name: 'eastwest', network, hasNames }));
    if (random.chance(0.1))
      cluster.objects.push(gatewayService(random, cluster, { name: 'eastwest-2', network, hasNames }));
    if (random.chance(0.12)) cluster.objects.push(gatewayResource(random, cluster, network));
  }
}

interface GatewayHead {
  readonly name: string;
  readonly network: string;
  /** Its load balancer may have a name instead of an address. */
  readonly hasNames: boolean;
}

/** A Service that leads into a network, by its label or by the name that MeshNetworks gives. */
function gatewayService(random: Random, cluster: DraftCluster, { name, network, hasNames }: GatewayHead): KubeObject {
  const gatewayPort = random.maybe(0.12, () => random.pick(['15444', '15443', 'none']));
  const head = {
    apiVersion: 'v1',
    kind: 'Service',
    name,
    namespace: random.chance(0.9) ? systemNamespace : 'edge',
    labels: fields({
      app: 'eastwest',
      'topology.istio.io/network': network === '' ? undefined : network,
      'networking.istio.io/gatewayPort': gatewayPort,
    }) as Record<string, string>,
  };
  const ports = gatewayPorts(random, gatewayPort);
  const clusterIP = cluster.addresses.clusterIp();
  const own = { clusterIP, clusterIPs: [clusterIP], ports };
  const many = ['LoadBalancer', 'LoadBalancer', 'LoadBalancer', 'LoadBalancer', 'LoadBalancer'];
  const kind = random.pick([...many, 'NodePort', 'NodePort', 'ExternalIPs', 'Pending']);
  switch (kind) {
    case 'LoadBalancer': {
      const ingress = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () =>
        hasNames && random.chance(0.5)
          ? { hostname: `lb.${cluster.id}.example.com` }
          : { ip: externalAddress(random, cluster) },
      );
      return object(head, { spec: { type: 'LoadBalancer', ...own }, status: { loadBalancer: { ingress } } });
    }
    case 'NodePort':
      return nodePortService(random, cluster, { head, own });
    case 'ExternalIPs': {
      const externalIPs = Array.from({ length: random.int(1, 2) }, () => externalAddress(random, cluster));
      return object(head, { spec: { type: 'ClusterIP', ...own, externalIPs } });
    }
    default:
      // The cloud has given it no address yet.
      return object(head, { spec: { type: 'LoadBalancer', ...own } });
  }
}

function externalAddress(random: Random, cluster: DraftCluster): string {
  return random.chance(0.08) ? cluster.addresses.externalV6() : cluster.addresses.external();
}

/** `none` as gatewayPort is not a number, and istiod takes its default. */
function gatewayPorts(random: Random, gatewayPort: string | undefined): JsonObject[] {
  const hasTls = random.chance(0.9);
  const tls = gatewayPort === '15444' && random.chance(0.8) ? 15_444 : 15_443;
  return [
    { name: 'status-port', port: 15_021, targetPort: 15_021, protocol: 'TCP' },
    ...(hasTls ? [{ name: 'tls', port: tls, targetPort: tls, protocol: 'TCP' }] : []),
    ...(!hasTls || random.chance(0.15) ? [{ name: 'hbone', port: 15_008, targetPort: 15_008, protocol: 'TCP' }] : []),
  ];
}

function nodePortService(
  random: Random,
  cluster: DraftCluster,
  {
    head,
    own,
  }: { readonly head: Parameters<typeof object>[0]; readonly own: JsonObject & { readonly ports: JsonObject[] } },
): KubeObject {
  const selector = random.pick(['{}', '{"role":"edge"}', '{"kubernetes.io/hostname":"nowhere"}']);
  const annotations = random.chance(0.9) ? { 'traffic.istio.io/nodeSelector': selector } : {};
  const externalIPs = random.maybe(0.1, () => [cluster.addresses.external()]);
  return object(
    { ...head, annotations },
    {
      spec: fields({
        type: 'NodePort',
        ...own,
        ports: own.ports.map((port) => ({ ...port, nodePort: cluster.addresses.nodePort() })),
        externalIPs,
      }),
    },
  );
}

/** A Gateway of the Gateway API; its own `spec.addresses` count, not those of its status. */
function gatewayResource(random: Random, cluster: DraftCluster, network: string): KubeObject {
  const { addresses } = cluster;
  const port = random.pick([15_443, 15_443, 15_555]);
  const isMarked = random.chance(0.3);
  const passthrough = {
    name: 'cross-network',
    port,
    protocol: 'TLS',
    tls: fields({
      mode: 'Passthrough',
      options: isMarked ? { 'gateway.istio.io/listener-protocol': 'auto-passthrough' } : undefined,
    }),
  };
  const hbone = {
    name: 'mesh',
    port: 15_008,
    protocol: 'HBONE',
    tls: { mode: 'Terminate', options: { 'gateway.istio.io/tls-terminate-mode': 'ISTIO_MUTUAL' } },
  };
  const listeners = random.pick([[passthrough], [passthrough, hbone], [hbone]]);
  return object(
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      name: 'remote-eastwest',
      namespace: systemNamespace,
      labels: fields({
        'topology.istio.io/network': random.chance(0.95) ? network : undefined,
        'networking.istio.io/gatewayPort': port === 15_555 && random.chance(0.5) ? '15555' : undefined,
      }) as Record<string, string>,
    },
    {
      spec: {
        gatewayClassName: random.pick(['istio-remote', 'istio']),
        addresses: Array.from({ length: random.int(1, 2) }, () => ({ type: 'IPAddress', value: addresses.external() })),
        listeners,
      },
    },
  );
}
