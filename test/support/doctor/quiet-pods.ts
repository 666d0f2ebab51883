import { type Fault, type FaultKind, inSample, inSystem, kubectl, type Name, type Step } from '../truth/fault.ts';
import { added } from '../truth/policy-kinds.ts';
import { quiet } from './quiet-rules.ts';

const stateful = { app: 'stateful' };
const metadata = { name: 'stateful', namespace: 'sample' };

/** Callers choose a pod of it themselves. */
const headless = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { clusterIP: 'None', selector: stateful, ports: [{ name: 'http', port: 5000 }] },
};

const set = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata,
  spec: {
    serviceName: 'stateful',
    replicas: 1,
    selector: { matchLabels: stateful },
    template: {
      metadata: { labels: stateful },
      spec: { containers: [{ name: 'web', image: 'isthmus.invalid/lab-helloworld:1' }] },
    },
  },
};

const statefulElsewhere: FaultKind = (at, peer) => {
  const remove = ['delete', 'statefulset,service', 'stateful', '--ignore-not-found'];
  return quiet('StatefulSet of which the other cluster has the headless Service alone', at, {
    group: 'services',
    place: "a user's namespace",
    inject: [
      { at, object: headless },
      { at: peer, object: headless },
      { at, object: set },
      inSample(at, 'rollout', 'status', 'statefulset/stateful', '--timeout=240s'),
    ],
    heal: [inSample(at, ...remove), inSample(peer, ...remove)],
    causes: [{ code: 'headless-elsewhere', cluster: peer }],
  });
};

const far = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'far' },
  spec: { unschedulable: true },
};

/** A node that runs no pod of the gateway, and an address at which nothing answers. */
const addresses = { status: { addresses: [{ type: 'ExternalIP', address: '198.18.255.253' }] } };

const nodePorts: FaultKind = (at) => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'by-node-ports',
      namespace: 'istio-system',
      labels: { 'topology.istio.io/network': at === 'west' ? 'us' : 'eu' },
      annotations: { 'traffic.istio.io/nodeSelector': '{}' },
    },
    spec: {
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      selector: { istio: 'eastwestgateway' },
      ports: [{ name: 'tls', port: 15_443, targetPort: 15_443 }],
    },
  };
  return quiet('second gateway Service by node ports, some of which do not answer', at, {
    group: 'gateway and address',
    place: 'elsewhere in the mesh',
    inject: [
      { at, object: far },
      kubectl(at, 'patch', 'node', 'far', '--subresource=status', '--type=merge', '-p', JSON.stringify(addresses)),
      { at, object: service },
    ],
    heal: [
      inSystem(at, 'delete', 'service', 'by-node-ports', '--ignore-not-found'),
      kubectl(at, 'delete', 'node', 'far', '--ignore-not-found'),
    ],
    causes: [{ code: 'gateway-local-only', cluster: at }],
  });
};

const outliers: FaultKind = (at, peer) => {
  const both = (cluster: Name): Step => ({
    at: cluster,
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'both', namespace: 'sample' },
      spec: { selector: { app: 'helloworld' }, ports: [{ name: 'http', port: 5000 }] },
    },
  });
  const rule = added('DestinationRule with outlier detection that keeps requests near', at, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    namespace: 'sample',
    spec: {
      host: 'both.sample.svc.cluster.local',
      trafficPolicy: { outlierDetection: { consecutive5xxErrors: 3, maxEjectionPercent: 100 } },
    },
  });
  const remove = ['delete', 'service', 'both', '--ignore-not-found'];
  return {
    ...rule,
    group: 'services',
    red: [],
    inject: [both(at), both(peer), ...rule.inject],
    heal: [...rule.heal, inSample(at, ...remove), inSample(peer, ...remove)],
    causes: [{ code: 'outlier-locality', cluster: at }],
  };
};

/** What is about pods and the nodes that they run on, each in one of the clusters. */
export const quietPods: readonly Fault[] = [
  statefulElsewhere('west', 'east'),
  nodePorts('east', 'west'),
  outliers('west', 'east'),
];
