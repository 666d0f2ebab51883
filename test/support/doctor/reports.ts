import type { FindingCode } from '../../../src/base/finding.ts';

/**
 * How far a kind of failure is shown. `Live`: put into a real mesh, where the doctor named it first.
 * `Unseen`: no reading shows it. `Aside`: not of a mesh that Isthmus knows.
 */
export type Proof =
  | {
      readonly how: 'Live';
      readonly codes: readonly FindingCode[];
      readonly faults: readonly string[];
      /** What the kind leaves behind was put into the mesh, not its cause. */
      readonly bySymptom?: true;
    }
  | { readonly how: 'Unseen' | 'Aside'; readonly why: string };

/** A kind of failure that users of Istio have reported. */
export interface ReportedKind {
  readonly what: string;
  readonly proof: Proof;
}

function live(codes: readonly FindingCode[], ...faults: readonly string[]): Proof {
  return { how: 'Live', codes, faults };
}

/** A bug that no Istio of the lab has: what it leaves an istiod with is brought about from outside. */
function bySymptom(fault: string): Proof {
  return { how: 'Live', codes: ['peer-endpoints'], faults: [fault], bySymptom: true };
}

const unseen = (why: string): Proof => ({ how: 'Unseen', why });
const aside = (why: string): Proof => ({ how: 'Aside', why });

const ambient = aside('ambient');
const ofVersion = 'a bug that no Istio of the lab has';

const ofTrust: readonly ReportedKind[] = [
  {
    what: '`cacerts` made after istiod started: it keeps its own CA',
    proof: live(['trust-bundle', 'trust-istiod'], 'cacerts of another root, istiod'),
  },
  { what: 'incomplete `cacerts`', proof: live(['trust-bundle'], 'cacerts without its chain') },
  {
    what: 'two sources of a CA: `cacerts` and `istio-ca-secret`',
    proof: live(['trust-bundle', 'trust-istiod'], 'cacerts deleted, istiod'),
  },
  { what: 'clusters with different roots', proof: live(['trust-bundle', 'trust-proxy'], 'cacerts of another root') },
  { what: 'ambient with more than one root', proof: ambient },
  { what: 'ambient with different trust domains', proof: ambient },
  {
    what: 'different trust domains without aliases',
    proof: live(['trust-domain-differs'], 'another trust domain in the settings of istiod'),
  },
  { what: 'requests lost while a root is changed', proof: aside('root rotation') },
];

const ofNetworks: readonly ReportedKind[] = [
  {
    what: "the network's name differs between namespace, gateway and pods",
    proof: live(
      ['network-names', 'proxy-names', 'drift'],
      'gateway Service labelled with another network',
      'gateway asks for the endpoints of another network',
      'server on a network that has no gateway',
    ),
  },
  {
    what: 'pods without a sidecar that are on no network',
    proof: live(['network-names'], 'istio-system and the gateway Service labelled'),
  },
];

const ofReading: readonly ReportedKind[] = [
  {
    what: 'no remote secret, or one without its label',
    proof: live(
      ['peer-secret', 'drift'],
      'remote secret deleted',
      'remote secret without its label',
      'remote secret empty',
    ),
  },
  {
    what: 'a token that ended or was revoked, while istiod says synced',
    proof: live(['drift', 'peer-sync'], 'token in the remote secret refused', 'account of the token deleted'),
  },
  {
    what: 'a new token that istiod takes only after a restart',
    proof: bySymptom('istiod that no longer follows the other cluster'),
  },
  {
    what: 'endpoints that vanish with a new token',
    proof: bySymptom('istiod that holds no endpoints of the other cluster'),
  },
  {
    what: 'gateways that vanish with a new token',
    proof: bySymptom('istiod that knows no gateway of the other cluster'),
  },
  { what: 'memory of istiod that grows with each token', proof: aside(ofVersion) },
  { what: 'istioctl cannot renew a token', proof: aside('a command, not a state of a mesh') },
  {
    what: 'a remote secret with an address that peers do not reach',
    proof: live(
      ['remote-secret', 'drift'],
      'remote secret with an address that is every machine itself',
      'remote secret with an address where nothing answers',
    ),
  },
  {
    what: 'a dead cluster that still gets requests',
    proof: live(['remote-secret', 'cluster-unread'], 'remote secret of a cluster that is gone', 'API server stopped'),
  },
  {
    what: 'an istiod that does not start without its peers',
    proof: live(['istiod-waits'], 'istiod that waits for its peers without a limit'),
  },
  {
    what: 'an istiod that is ready and holds no endpoints of a peer',
    proof: live(['drift', 'peer-sync'], 'rights of the reader deleted in the other cluster, istiod restarted'),
  },
  {
    what: "a cluster's name that differs between secret, istiod and proxies",
    proof: live(['drift', 'proxy-names'], 'istiod that states another cluster'),
  },
  { what: 'two secrets for one cluster', proof: live(['remote-secret'], 'second remote secret for the other cluster') },
];

const ofGateways: readonly ReportedKind[] = [
  {
    what: 'a load balancer with a host name that does not resolve',
    proof: live(['gateway-address'], 'gateway with a host name that does not resolve'),
  },
  {
    what: 'a gateway without an address',
    proof: live(['drift', 'gateway-address'], 'gateway Service deleted', 'gateway Service without a load balancer'),
  },
  {
    what: 'a gateway behind NAT that gives out an internal address',
    proof: live(['verify-connect'], 'gateway that gives out an address which others do not reach'),
  },
  {
    what: 'node ports that answer on some nodes only',
    proof: live(['gateway-local-only'], 'second gateway Service by node ports'),
  },
  {
    what: 'something before the gateway that ends TLS',
    proof: live(['verify-gateway'], 'gateway behind something that ends TLS'),
  },
  {
    what: 'a gateway that never gets ready, or does not listen on 15443',
    proof: live(
      ['gateway-not-ready', 'drift'],
      'gateway scaled to 0',
      'Gateway object selects nothing',
      'Gateway object of another port',
      'gateway Service selects nothing',
    ),
  },
  {
    what: 'two subsets of one name, which a gateway refuses at its next start',
    proof: live(['subset-duplicate'], 'DestinationRule with two subsets of one name'),
  },
];

const ofServices: readonly ReportedKind[] = [
  {
    what: 'a name that does not resolve where it is called',
    proof: live(['name-not-resolved'], 'Service deleted where it is called'),
  },
  {
    what: 'names of pods of a StatefulSet in another cluster',
    proof: live(['headless-elsewhere'], 'StatefulSet of which the other cluster has the headless Service'),
  },
  {
    what: 'services of one name that are not one service',
    proof: live(['join-service-differs'], 'Service that selects nothing', 'Service of another protocol'),
  },
  {
    what: 'ports of other names or protocols',
    proof: live(['join-port-differs'], 'Service whose port has another name'),
  },
  {
    what: 'rules that one primary lacks or has otherwise',
    proof: live(
      ['config-differs', 'subset-missing'],
      'VirtualService that the other cluster has otherwise',
      'VirtualService that routes to a subset that nothing defines',
    ),
  },
  {
    what: 'failover without outlier detection',
    proof: live(['failover-ejection'], 'DestinationRule with failover and no outlier detection'),
  },
  {
    what: 'failover that may eject a tenth of the hosts',
    proof: live(['failover-ejection'], 'DestinationRule with failover that ejects a tenth of the hosts'),
  },
  {
    what: 'outlier detection that keeps requests in the cluster',
    proof: live(['outlier-locality'], 'DestinationRule with outlier detection that keeps requests near'),
  },
  {
    what: '`failoverPriority` by a label that gateways lack',
    proof: live(['failover-priority'], 'DestinationRule with failover by a label'),
  },
  { what: 'too small a share for another network', proof: unseen('the numbers of requests show it') },
  { what: 'all requests to one pod behind a gateway', proof: unseen('the numbers of requests show it') },
  {
    what: '503 after a while: firewalls, stale endpoints',
    proof: live(['peer-answer'], 'network between the clusters cut'),
  },
  {
    what: 'servers without mutual TLS, or callers',
    proof: live(
      ['mtls-disabled', 'mtls-namespace', 'rule-without-mtls', 'injection-label', 'injection-differs'],
      'PeerAuthentication of the whole mesh',
      'PeerAuthentication of the namespace',
      'DestinationRule without TLS',
      'namespace without its injection label',
      'namespace that is injected in the other cluster only',
    ),
  },
  { what: 'sidecars and ambient mixed', proof: ambient },
  { what: 'ambient that answers locally, or passes policies by', proof: ambient },
];

const ofLife: readonly ReportedKind[] = [
  {
    what: 'injection that fails: webhook gone, its CA, its Service',
    proof: live(
      ['drift', 'control-plane-not-ready'],
      'injection webhook deleted',
      'istiod Service deleted',
      'istiod scaled to 0',
    ),
  },
  {
    what: 'a reader whose rights are older than istiod',
    proof: live(['drift'], 'rights of the reader emptied in the other cluster'),
  },
  {
    what: 'a reader with wider rights than needed',
    proof: live(['drift'], 'rights of the reader widened in the other cluster'),
  },
  {
    what: 'a gateway that exposes more than the mesh file declares',
    proof: live(['drift'], 'Gateway object that exposes every host'),
  },
  {
    what: 'leftovers of what was taken out',
    proof: live(['remote-secret'], 'remote secret of a cluster that is gone'),
  },
  {
    what: 'versions too far apart',
    proof: live(['skew-istiod', 'skew-kubernetes', 'skew-proxy'], 'sidecar that says it is of an Istio long gone'),
  },
  { what: 'an istiod that needs gigabytes', proof: unseen('a size, without a symptom to read') },
  { what: '`istioctl analyze` that is refused', proof: aside('a command, not a state of a mesh') },
  { what: 'large bodies that hang (MTU)', proof: unseen('only requests of that size show it') },
];

/** Reports of the last year. */
const newer: readonly ReportedKind[] = [
  {
    what: 'a cluster that leaves takes the gateway of others along',
    proof: bySymptom('istiod that knows no gateway of the other cluster'),
  },
  { what: 'a flag of ambient that drops endpoints with sidecars', proof: ambient },
  { what: 'a ServiceEntry with DNS that remotes lack', proof: aside(ofVersion) },
  { what: 'scopes of services that differ', proof: ambient },
  { what: 'names of waypoints that differ', proof: ambient },
  {
    what: 'two settings for locality that exclude each other',
    proof: live(['locality-settings'], 'settings of locality that exclude each other'),
  },
  {
    what: 'a debug port that refuses',
    proof: live(['cluster-part-unread', 'trust-unread'], 'istiod that answers no questions about itself'),
  },
  { what: 'a CA that is not bound to a trust domain', proof: aside('federation') },
  { what: 'certificates renewed more slowly than a root', proof: aside('root rotation') },
  {
    what: 'two kubeconfigs for one cluster, by folder and by Secret',
    proof: live(['kubeconfig-folder'], 'istiod that takes kubeconfigs from a folder'),
  },
];

/** The kinds that a doctor is measured by. */
export const reportedKinds: readonly ReportedKind[] = [
  ...ofTrust,
  ...ofNetworks,
  ...ofReading,
  ...ofGateways,
  ...ofServices,
  ...ofLife,
  ...newer,
];
