import {
  type Data,
  drifted,
  type Fault,
  type FaultKind,
  inSystem,
  kubectl,
  type Name,
  newIstiod,
  replaced,
  restarted,
  rolledOut,
  type Step,
  serverOf,
} from '../truth/fault.ts';
import { istiodWith } from './quiet-istiods.ts';
import { quiet, quietRuleKinds, quietRules } from './quiet-rules.ts';

/** A Secret that says it is the remote secret of a cluster. */
function remoteSecretOf(cluster: string, name: string): object {
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': cluster,
    clusters: [{ name: cluster, cluster: { server: 'https://198.18.255.254:6443' } }],
    users: [{ name: cluster, user: { token: 'none' } }],
    contexts: [{ name: cluster, context: { cluster, user: cluster } }],
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'istio-system', labels: { 'istio/multiCluster': 'true' } },
    stringData: { [cluster]: JSON.stringify(kubeconfig) },
  };
}

/** An edit of the settings that istiod reads. */
function settings(at: Name, edit: (text: string) => string): Step {
  return { at, edit: 'configmap/istio', data: ({ mesh = '' }: Data) => ({ mesh: edit(mesh) }) };
}

const everyRight = [{ op: 'replace', path: '/rules/0', value: { apiGroups: ['*'], resources: ['*'], verbs: ['*'] } }];

const secrets: readonly FaultKind[] = [
  (at, peer) =>
    quiet('remote secret with an address that is every machine itself', at, {
      group: 'remote secret and token',
      place: 'declared',
      inject: [
        {
          at,
          edit: `secret/istio-remote-secret-${peer}`,
          data: ({ [peer]: held = '' }) => {
            const text = Buffer.from(held, 'base64')
              .toString()
              .replace(/server: .*/, 'server: https://127.0.0.1:6443');
            return { [peer]: Buffer.from(text).toString('base64') };
          },
        },
      ],
      after: newIstiod(at),
      causes: [{ code: 'remote-secret', cluster: at }],
    }),
  (at, peer) =>
    quiet('second remote secret for the other cluster', at, {
      group: 'remote secret and token',
      place: 'elsewhere in the mesh',
      inject: [{ at, object: remoteSecretOf(peer, 'another') }],
      heal: [inSystem(at, 'delete', 'secret', 'another', '--ignore-not-found'), ...newIstiod(at)],
      causes: [{ code: 'remote-secret', cluster: at }],
    }),
  (at) =>
    quiet('remote secret of a cluster that is gone', at, {
      group: 'remote secret and token',
      place: 'elsewhere in the mesh',
      inject: [{ at, object: remoteSecretOf('north', 'istio-remote-secret-north') }],
      heal: [inSystem(at, 'delete', 'secret', 'istio-remote-secret-north', '--ignore-not-found')],
      causes: [{ code: 'remote-secret', cluster: at }],
    }),
  (at, peer) =>
    quiet('rights of the reader emptied in the other cluster', at, {
      group: 'remote secret and token',
      place: 'declared',
      inject: [kubectl(peer, 'patch', 'clusterrole', 'isthmus-reader', '--type=merge', '-p', '{"rules":[]}')],
      causes: [drifted(peer, 'ClusterRole isthmus-reader')],
    }),
  (at) =>
    quiet('API server stopped', at, {
      group: 'remote secret and token',
      place: 'between the clusters',
      inject: [{ at, api: 'stop' }],
      heal: [{ at, api: 'start' }],
      causes: [{ code: 'cluster-unread', cluster: at }],
    }),
];

const names: readonly FaultKind[] = [
  (at) =>
    quiet('server on a network that has no gateway', at, {
      group: 'network names',
      place: "a user's namespace",
      inject: [...labelled(at, 'other')],
      heal: [...labelled(at, null)],
      causes: [{ code: 'proxy-names', cluster: at }],
    }),
  (at) =>
    quiet('istiod that answers no questions about itself', at, {
      group: 'istiod',
      place: 'elsewhere in the mesh',
      inject: [...istiodWith(at, 'ENABLE_DEBUG_ON_HTTP=false')],
      heal: [...istiodWith(at, 'ENABLE_DEBUG_ON_HTTP-')],
      causes: [{ code: 'cluster-part-unread', cluster: at }],
    }),
  (at, peer) =>
    quiet('gateway Service without a load balancer', at, {
      group: 'gateway and address',
      place: 'declared',
      // Connections that are there already would last.
      inject: [
        replaced(at, 'service/istio-eastwestgateway', '/spec/type', 'ClusterIP'),
        ...restarted(at, 'istio-system', 'istio-eastwestgateway'),
      ],
      red: [`${peer} ${at}`],
      causes: [drifted(at, 'Service istio-system/istio-eastwestgateway')],
    }),
];

const trust: readonly FaultKind[] = [
  (at) =>
    quiet('cacerts without its chain', at, {
      group: 'trust',
      place: 'declared',
      inject: [inSystem(at, 'patch', 'secret', 'cacerts', '--type=merge', '-p', '{"data":{"cert-chain.pem":null}}')],
      // No apply replaces what may be of another mesh.
      heal: [inSystem(at, 'delete', 'secret', 'cacerts')],
      causes: [{ code: 'trust-bundle', cluster: at }],
    }),
  (at) =>
    quiet('another trust domain in the settings of istiod', at, {
      group: 'trust',
      place: 'declared',
      inject: [settings(at, (text) => text.replace(/trustDomain: .*/, 'trustDomain: other.example'))],
      causes: [{ code: 'trust-domain-differs' }],
    }),
  (at) =>
    quiet('settings of locality that exclude each other', at, {
      group: 'services',
      place: 'declared',
      inject: [
        settings(at, (text) => `${text}\nlocalityLbSetting: {enabled: true}\nzoneAwareLbSetting: {enabled: true}\n`),
      ],
      causes: [{ code: 'locality-settings', cluster: at }],
    }),
];

function labelled(at: Name, network: string | null): readonly Step[] {
  const template = { metadata: { labels: { 'topology.istio.io/network': network } } };
  const patch = JSON.stringify({ spec: { template } });
  const deployment = serverOf(at);
  return [
    kubectl(at, '-n', 'sample', 'patch', 'deployment', deployment, '--type=merge', '-p', patch),
    rolledOut(at, 'sample', deployment),
  ];
}

const widened: FaultKind = (at, peer) =>
  quiet('rights of the reader widened in the other cluster', at, {
    group: 'remote secret and token',
    place: 'declared',
    inject: [kubectl(peer, 'patch', 'clusterrole', 'isthmus-reader', '--type=json', '-p', JSON.stringify(everyRight))],
    causes: [drifted(peer, 'ClusterRole isthmus-reader')],
  });

const anotherCluster: FaultKind = (at) =>
  quiet('istiod that states another cluster', at, {
    group: 'network names',
    place: 'declared',
    inject: [...istiodWith(at, 'CLUSTER_ID=wrong')],
    causes: [drifted(at, 'Deployment istio-system/istiod')],
  });

/** What a quiet fault can be, in the one cluster or the other. */
export const quietKinds: readonly FaultKind[] = [...quietRuleKinds, ...secrets, ...names, ...trust];

/** Faults that a doctor sees before users do, each kind in one of the clusters. */
export const quietFaults: readonly Fault[] = [
  ...quietKinds.map((kind, index) => (index % 2 === 0 ? kind('east', 'west') : kind('west', 'east'))),
  ...quietRules,
  widened('east', 'west'),
  anotherCluster('east', 'west'),
];
