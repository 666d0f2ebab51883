import type { JsonObject } from '../../src/base/json.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import {
  type Draft,
  type DraftCluster,
  type DraftPod,
  type DraftPort,
  type DraftService,
  fields,
  object,
  regions,
} from './draft.ts';
import type { Random } from './random.ts';

const protocols = ['http', 'tcp', 'grpc', 'tls', 'http2', 'mongo'] as const;

/** The services of a mesh: what all twins of one have in common. */
export function draftServices(random: Random, namespaces: readonly string[]): DraftService[] {
  const names = ['web', 'api', 'cart', 'db', 'auth', 'mail'].slice(0, random.int(3, 6));
  return names.map((name) => {
    const namespace = random.pick(namespaces);
    const host = `${name}.${namespace}.svc.cluster.local`;
    return { namespace, name, host, ports: draftPorts(random), app: name, isHidden: random.chance(0.02) };
  });
}

function draftPorts(random: Random): DraftPort[] {
  return Array.from({ length: random.int(1, 3) }, (_, index) => ({
    name: random.chance(0.85) ? `${random.pick(protocols)}-${index}` : `main-${index}`,
    port: 80 + index,
    targetPort: 8080 + index,
    protocol: random.chance(0.02) ? 'UDP' : 'TCP',
    appProtocol: random.maybe(0.1, () => random.pick(['http', 'kubernetes.io/h2c', 'tcp'])),
  }));
}

/** Adds the Services, Pods and EndpointSlices of every cluster. */
export function addWorkloads(draft: Draft): void {
  for (const cluster of draft.clusters) {
    for (const service of draft.services) {
      if (draft.random.chance(0.8)) addTwin(draft, cluster, service);
    }
  }
}

/** One cluster's own version of a service: mostly as everywhere, sometimes different in what upstream merges away. */
function addTwin(draft: Draft, cluster: DraftCluster, service: DraftService): void {
  const { random } = draft;
  const ports = twinPorts(random, service.ports);
  const form = twinForm(random);
  cluster.objects.push(serviceObject(random, { service, ports, form, clusterIp: cluster.addresses.clusterIp() }));
  if (form === 'ExternalName') return;
  const pods = Array.from({ length: random.pick([0, 1, 2, 2, 3, 3, 4]) }, (_, index) =>
    addPod(draft, cluster, { service, index }),
  );
  for (const slice of slices(draft, cluster, { service, ports, pods })) cluster.objects.push(slice);
}

type TwinForm = 'ClusterIP' | 'Headless' | 'ExternalName';

function twinForm(random: Random): TwinForm {
  if (random.chance(0.09)) return 'Headless';
  return random.chance(0.03) ? 'ExternalName' : 'ClusterIP';
}

function twinPorts(random: Random, ports: readonly DraftPort[]): DraftPort[] {
  const kept = ports.filter((_, index) => index === 0 || !random.chance(0.06));
  return kept.map((port) => (random.chance(0.05) ? { ...port, name: `re-${port.name}` } : port));
}

interface Twin {
  readonly service: DraftService;
  readonly ports: readonly DraftPort[];
  readonly form: TwinForm;
  readonly clusterIp: string;
}

function serviceObject(random: Random, { service, ports, form, clusterIp }: Twin): KubeObject {
  const { namespace, name, app, isHidden } = service;
  const head = {
    apiVersion: 'v1',
    kind: 'Service',
    name,
    namespace,
    labels: { app, ...(random.chance(0.05) ? { 'istio.io/persistent-session': 'cookie' } : {}) },
    annotations: serviceAnnotations(random, isHidden),
  };
  const servicePorts = ports.map(({ name: portName, port, targetPort, protocol, appProtocol }) =>
    fields({ name: portName, port, targetPort, protocol, appProtocol }),
  );
  if (form === 'ExternalName') {
    return object(head, { spec: { type: 'ExternalName', externalName: 'outside.example.com', ports: servicePorts } });
  }
  return object(head, {
    spec: fields({
      type: 'ClusterIP',
      clusterIP: form === 'Headless' ? 'None' : clusterIp,
      clusterIPs: [form === 'Headless' ? 'None' : clusterIp],
      ports: servicePorts,
      selector: random.chance(0.92) ? { app } : undefined,
      internalTrafficPolicy: form === 'Headless' ? undefined : random.maybe(0.06, () => 'Local'),
      trafficDistribution: random.maybe(0.08, () => random.pick(['PreferClose', 'PreferSameZone', 'PreferSameNode'])),
      publishNotReadyAddresses: random.maybe(0.05, () => true),
    }),
  });
}

function serviceAnnotations(random: Random, isHidden: boolean): Record<string, string> {
  const exportTo = random.maybe(0.06, () => random.pick(['.', '*', 'shop', 'data, edge', '.,shop']));
  const distribution = random.maybe(0.04, () => random.pick(['PreferClose', 'prefersamenode', 'Nonsense']));
  const accounts = random.maybe(0.05, () => random.pick(['legacy', 'one, two']));
  const canonical = random.maybe(0.03, () => 'spiffe://other.example/ns/shop/sa/canonical');
  return fields({
    'networking.istio.io/exportTo': isHidden ? '~' : exportTo,
    'networking.istio.io/traffic-distribution': distribution,
    'alpha.istio.io/kubernetes-serviceaccounts': accounts,
    'alpha.istio.io/canonical-serviceaccounts': canonical,
  }) as Record<string, string>;
}

function addPod(
  draft: Draft,
  cluster: DraftCluster,
  { service, index }: { readonly service: DraftService; readonly index: number },
): DraftPod {
  const { random } = draft;
  const pod: DraftPod = {
    namespace: service.namespace,
    // The cluster is in the name because istiod keeps pods for a ServiceEntry's workloadSelector by namespace and name
    // alone: of equal ones in two clusters the last that it hears of stays (pilot/pkg/model/service.go, WorkloadInstance).
    name: `${service.name}-${cluster.id}-${index}`,
    ip: random.chance(0.04) ? cluster.addresses.podV6() : cluster.addresses.pod(),
    // Now and then a node that nobody can read.
    node: random.chance(0.05) ? 'gone-node' : random.pick(cluster.nodes).name,
    labels: podLabels(draft, cluster, service.app),
  };
  cluster.pods.push(pod);
  // Rarely the EndpointSlice is ahead of the pod, or behind a pod that is deleted.
  if (random.chance(0.97)) cluster.objects.push(podObject(random, pod));
  return pod;
}

function podLabels(draft: Draft, cluster: DraftCluster, app: string): Record<string, string> {
  const { random } = draft;
  const tlsMode = random.maybe(0.82, () => (random.chance(0.95) ? 'istio' : 'disabled'));
  // The injector writes the network; it may differ from the cluster's when a pod is labelled by hand.
  const network = random.maybe(0.5, () => (random.chance(0.92) ? cluster.network : random.pick(draft.networks)));
  return fields({
    app,
    version: random.pick(['v1', 'v1', 'v2']),
    'security.istio.io/tlsMode': tlsMode,
    'topology.istio.io/network': network === '' ? undefined : network,
    'istio-locality': random.maybe(0.06, () => random.pick(['r1.z1', 'r2.z2.s1', 'r3.z1'])),
    'topology.istio.io/locality': random.maybe(0.02, () => `${random.pick(regions)}.z1`),
    'istio.io/draining': random.maybe(0.03, () => 'true'),
  }) as Record<string, string>;
}

function podObject(random: Random, pod: DraftPod): KubeObject {
  const isReady = random.chance(0.9);
  const phase = random.chance(0.03) ? 'Failed' : 'Running';
  return object(
    { apiVersion: 'v1', kind: 'Pod', name: pod.name, namespace: pod.namespace, labels: pod.labels },
    {
      spec: {
        nodeName: pod.node,
        serviceAccountName: random.pick(['default', pod.labels.app ?? 'default', 'shared']),
        containers: [{ name: 'app', image: 'app:1' }],
      },
      status: {
        phase,
        podIP: pod.ip,
        podIPs: [{ ip: pod.ip }],
        conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      },
    },
  );
}

interface SliceInput {
  readonly service: DraftService;
  readonly ports: readonly DraftPort[];
  readonly pods: readonly DraftPod[];
}

/**
 * The EndpointSlices of a service, by address family, sometimes split in two.
 * No address is in two slices: which one istiod then takes depends on the order of a Go map.
 */
function slices(draft: Draft, cluster: DraftCluster, { service, ports, pods }: SliceInput): KubeObject[] {
  const { random } = draft;
  const strangers = random.chance(0.08) ? [cluster.addresses.pod()] : [];
  const isSplit = random.chance(0.15);
  const groups = new Map<string, JsonObject[]>();
  const put = (ip: string, endpoint: JsonObject): void => {
    const family = ip.includes(':') ? 'IPv6' : 'IPv4';
    const key = `${family}-${isSplit ? random.int(0, 1) : 0}`;
    groups.set(key, [...(groups.get(key) ?? []), endpoint]);
  };
  for (const pod of pods) put(pod.ip, sliceEndpoint(random, pod));
  for (const ip of strangers) put(ip, { addresses: [ip], conditions: conditions(random) });
  // An app's own mistake: the slice's port is called otherwise than the Service's.
  const slicePorts = ports.map(({ name, targetPort, protocol }) => ({
    name: random.chance(0.03) ? `x-${name}` : name,
    port: targetPort,
    protocol,
  }));
  return [...groups].map(([key, endpoints]) =>
    object(
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        name: `${service.name}-${key.toLowerCase()}`,
        namespace: service.namespace,
        labels: { 'kubernetes.io/service-name': service.name },
      },
      { addressType: key.split('-')[0], endpoints, ports: slicePorts },
    ),
  );
}

function sliceEndpoint(random: Random, pod: DraftPod): JsonObject {
  return fields({
    addresses: [pod.ip],
    conditions: conditions(random),
    nodeName: random.maybe(0.5, () => pod.node),
    targetRef: random.chance(0.93) ? { kind: 'Pod', name: pod.name, namespace: pod.namespace } : undefined,
  });
}

function conditions(random: Random): JsonObject {
  if (random.chance(0.84)) return { ready: true };
  return random.pick<JsonObject>([
    {},
    { ready: false, serving: false, terminating: false },
    { ready: false, serving: true, terminating: false },
    { ready: false },
    { ready: false, serving: true, terminating: true },
    { ready: false, serving: false, terminating: true },
    { ready: true, serving: true, terminating: true },
  ]);
}
