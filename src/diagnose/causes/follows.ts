import type { FindingCode } from '../../base/finding.ts';
import { isOfRequests, type Suspect } from './suspect.ts';

/**
 * How an effect lies to its cause. `Here`: in the same cluster. `Toward`: it meets requests to that cluster; `From`:
 * requests from there; `About`: either. `Pair`: it is about the same cluster and the same peer. `OfPeer`: it is about
 * the cause's cluster as a peer. `SameHost`: it meets requests to the Service of the cause. `OfRemote`: it is in a cluster that
 * the istiod of the cause's cluster serves; `TowardRemote`: it meets requests to such a cluster.
 */
type Place =
  | 'Here'
  | 'Toward'
  | 'From'
  | 'About'
  | 'Pair'
  | 'OfPeer'
  | 'SameHost'
  | 'Anywhere'
  | 'OfRemote'
  | 'TowardRemote';

interface Rule {
  readonly causes: readonly FindingCode[];
  /** The object that the cause is about. */
  readonly of?: RegExp;
  /** What the cause says, where not all of its code have these effects. */
  readonly says?: RegExp;
  readonly effects: readonly FindingCode[];
  /** The object that the effect is about. */
  readonly effectOf?: RegExp;
  /** What the effect says, where others of its code follow from something else. */
  readonly effectSays?: RegExp;
  readonly place: Place;
}

const atGateway = [
  'host-not-served',
  'no-endpoint',
  'no-filter-chain',
  'no-gateway-pod',
  'no-healthy-endpoint',
  'no-passthrough-server',
  'no-server',
  'none-healthy',
  'other-network',
  'too-many-gateways',
  'unknown-sni',
] as const satisfies readonly FindingCode[];

const ofEndpoints = [
  'no-endpoint',
  'no-filter-chain',
  'no-healthy-endpoint',
  'no-such-port',
  'none-healthy',
  'unknown-host',
] as const satisfies readonly FindingCode[];

const withoutSidecar = ['no-endpoint', 'no-mtls-at-server', 'no-healthy-endpoint', 'none-healthy'] as const;

/** Real requests that get no farther than the way into the other cluster. */
const atWayIn = ['verify-connect', 'verify-discovery', 'verify-gateway', 'verify-network', 'verify-server'] as const;

const ofProbePods = ['verify-client-pod', 'verify-client-proxy', 'verify-pods', 'verify-server-pod'] as const;

const acrossRoots = ['certificate-not-known', 'no-common-root'] as const;

/** The objects by which other clusters read one: their account, its rights and its token. */
const ofReader = /^(ClusterRole|ClusterRoleBinding|Role|RoleBinding|ServiceAccount|Secret) .*reader/;
const ofGateway = /^(Deployment|Service|HorizontalPodAutoscaler|ServiceAccount) istio-system\/istio-eastwestgateway$/;
const ofIngress =
  /^(Deployment|Service|HorizontalPodAutoscaler|ServiceAccount) istio-system\/istio-ingressgateway(-service-account)?$/;
const ofWayIn = /^(Gateway |Namespace istio-system$|(Service|Deployment) istio-system\/istio-eastwestgateway$)/;
const ofWayToIstiod = /^EndpointSlice \S+\/istiod/;
const ofIstiod = /^Deployment \S+\/istiod/;
const ofSettings = /^ConfigMap \S+\/istio(-\S+)?$/;
const ofInjection = /^(MutatingWebhookConfiguration |Service \S+\/istiod|ConfigMap \S+\/istio-sidecar-injector)/;

/** Of certificates under a root that is not the mesh's. */
const ofOtherRoot = /lacks the mesh's root|trusts a root that is not the mesh's/;
/** Of certificates that are not taken for the mesh's, or not known to be: no apply replaces them. */
const notOfMesh = /lacks the mesh's root|trusts a root that is not the mesh's|refuses an incomplete cacerts/;

/** Which finding follows from which, by how Istio works. A finding that is the effect of another one is folded under it. */
const rules: readonly Rule[] = [
  // What was not read leaves unknown what depends on it.
  {
    causes: ['cluster-unread', 'access-failed'],
    effects: ['cluster-part-unread', 'drift-unread', 'endpoints-unread', 'objects-unread', 'service-effect'],
    place: 'Anywhere',
  },
  { causes: ['cluster-unread'], effects: ['trust-unread', 'access-failed'], place: 'Here' },
  { causes: ['cluster-unread'], effects: ['peer-answer', 'peer-sync'], place: 'OfPeer' },
  { causes: ['cluster-part-unread'], effects: ['drift-unread', 'trust-unread'], place: 'Here' },
  { causes: ['cluster-part-unread'], effects: ['endpoints-unread', 'objects-unread'], place: 'Anywhere' },

  // Without its istiod a cluster gets neither certificates, nor configuration, nor sidecars.
  {
    causes: ['control-plane-not-ready'],
    effects: [
      ...['gateway-not-ready', 'ingress-not-ready', 'peer-answer', 'peer-sync', 'proxy-unserved'],
      ...['trust-distributed', 'trust-proxy', 'trust-unread', 'service-effect'],
    ] as readonly FindingCode[],
    place: 'Here',
  },
  { causes: ['control-plane-not-ready'], effects: ['drift'], effectOf: ofIstiod, place: 'Here' },
  {
    causes: ['control-plane-not-ready'],
    effects: [
      'control-plane-not-ready',
      'gateway-not-ready',
      'ingress-not-ready',
      'proxy-unserved',
      'trust-proxy',
      'trust-unread',
    ],
    place: 'OfRemote',
  },
  // It may state another cluster, or serve another one.
  { causes: ['drift'], of: ofIstiod, effects: ['no-istiod'], place: 'About' },
  {
    causes: ['control-plane-not-ready'],
    effects: ['no-istiod', 'pod-gone', ...ofEndpoints, ...withoutSidecar],
    place: 'About',
  },
  {
    causes: ['drift'],
    of: ofInjection,
    effects: ['proxy-unserved', 'trust-unread', 'gateway-not-ready', 'ingress-not-ready', 'peer-answer'],
    place: 'Here',
  },
  { causes: ['drift'], of: ofInjection, effects: withoutSidecar, place: 'Toward' },
  { causes: ['injection-label'], effects: ['drift'], effectOf: /^Namespace /, place: 'Here' },
  { causes: ['injection-label'], effects: withoutSidecar, place: 'Toward' },

  // The way in from other networks.
  { causes: ['gateway-not-ready'], effects: ['drift'], effectOf: ofGateway, place: 'Here' },
  { causes: ['ingress-not-ready'], effects: ['drift'], effectOf: ofIngress, place: 'Here' },
  { causes: ['drift'], of: ofIngress, effects: ['ingress-address'], place: 'Here' },
  { causes: ['gateway-not-ready', 'gateway-address'], effects: atGateway, place: 'Toward' },
  { causes: ['drift'], of: ofWayIn, effects: ['gateway-address', 'proxy-names'], place: 'Here' },
  { causes: ['drift'], of: ofWayIn, effects: atGateway, place: 'Toward' },
  // Gateways of a remote cluster go by the Gateway objects of its primary.
  { causes: ['drift'], of: /^Gateway /, effects: atGateway, place: 'TowardRemote' },
  // So do its proxies by the other objects: what is wrong with one of them is found in both clusters.
  { causes: ['policy-denies'], effects: ['policy-denies'], place: 'OfRemote' },
  { causes: ['no-match', 'subset-missing'], effects: ['no-match', 'subset-missing'], place: 'OfRemote' },
  // The way of a remote cluster to its istiod.
  {
    causes: ['gateway-not-ready', 'gateway-address'],
    effects: ['control-plane-not-ready', 'proxy-unserved'],
    place: 'OfRemote',
  },
  { causes: ['drift'], of: ofWayIn, effects: ['control-plane-not-ready', 'proxy-unserved'], place: 'OfRemote' },
  // It holds the address of the gateway of its primary.
  { causes: ['drift'], of: ofWayIn, effects: ['drift'], effectOf: ofWayToIstiod, place: 'OfRemote' },
  {
    causes: ['gateway-not-ready', 'gateway-address'],
    effects: ['drift'],
    effectOf: ofWayToIstiod,
    place: 'OfRemote',
  },
  { causes: ['network-names'], effects: ['drift'], effectOf: /^(Service|Namespace) /, place: 'Here' },
  { causes: ['network-names'], effects: ['gateway-address', 'proxy-names'], place: 'Here' },
  { causes: ['network-names', 'subset-duplicate'], effects: atGateway, place: 'Toward' },
  { causes: ['subset-duplicate'], effects: ['gateway-not-ready'], place: 'Here' },
  { causes: ['proxy-names'], effects: ['proxy-unserved', 'trust-proxy'], place: 'Here' },
  { causes: ['proxy-names'], effects: atGateway, place: 'About' },

  // Trust, from the Secret to the proxies and to the handshakes that fail.
  {
    causes: ['trust-bundle'],
    effects: ['trust-istiod', 'trust-distributed', 'trust-proxy', 'proxy-unserved'],
    place: 'Here',
  },
  { causes: ['trust-bundle'], effects: ['drift'], effectOf: /^Secret \S+\/cacerts$/, place: 'Here' },
  { causes: ['trust-bundle'], effects: ['drift-unread'], place: 'Here' },
  // What is to be replaced need not be renewed; nothing at all is compared with the mesh file meanwhile.
  { causes: ['trust-bundle'], says: ofOtherRoot, effects: ['trust-expiry'], place: 'Here' },
  {
    causes: ['trust-bundle'],
    says: notOfMesh,
    effects: ['drift-unread'],
    effectSays: /^it is not as declared: the existing certificates do not belong to the mesh/,
    place: 'Anywhere',
  },
  { causes: ['trust-istiod'], effects: ['trust-distributed', 'trust-proxy'], place: 'Here' },
  { causes: ['trust-distributed'], effects: ['trust-proxy'], place: 'Here' },
  {
    causes: ['trust-bundle', 'trust-istiod', 'trust-distributed', 'trust-proxy'],
    effects: acrossRoots,
    place: 'About',
  },
  { causes: ['trust-domain-differs'], effects: acrossRoots, place: 'About' },
  // Of two clusters that differ it is either that is not as declared.
  { causes: ['trust-domain-differs'], effects: ['drift'], effectOf: ofSettings, place: 'Anywhere' },

  // What an istiod knows of its peers.
  { causes: ['peer-secret'], effects: ['drift'], effectOf: /^Secret \S+\/istio-remote-secret-/, place: 'Pair' },
  { causes: ['peer-secret'], effects: ['peer-sync', 'peer-answer', ...ofEndpoints], place: 'Pair' },
  { causes: ['remote-secret'], effects: ['drift'], effectOf: /^Secret \S+\/istio-remote-secret-/, place: 'Pair' },
  { causes: ['remote-secret'], effects: ['peer-sync', 'peer-answer', ...ofEndpoints], place: 'Pair' },
  { causes: ['peer-secret', 'peer-sync', 'remote-secret'], effects: ['service-effect'], place: 'Here' },
  { causes: ['istiod-waits', 'kubeconfig-folder'], effects: ['drift'], effectOf: ofIstiod, place: 'Here' },
  {
    causes: ['kubeconfig-folder'],
    effects: ['peer-sync', 'peer-answer', 'peer-endpoints', 'service-effect', 'verify-discovery'],
    place: 'Here',
  },
  { causes: ['kubeconfig-folder'], effects: ofEndpoints, place: 'From' },
  // Of a cluster that is not of the mesh nothing is read.
  { causes: ['remote-secret'], effects: ['endpoints-unread'], place: 'From' },
  {
    causes: ['drift'],
    of: /^Secret \S+\/istio-remote-secret-/,
    effects: ['peer-sync', 'peer-answer', ...ofEndpoints],
    place: 'Pair',
  },
  { causes: ['drift'], of: ofReader, effects: ['peer-sync', 'peer-answer'], place: 'OfPeer' },
  // Kubernetes deletes the tokens of an account that is gone.
  {
    causes: ['drift'],
    of: /^ServiceAccount .*reader/,
    effects: ['drift'],
    effectOf: /^Secret .*reader.*token/,
    place: 'Here',
  },
  // What others read the cluster with is made from them.
  {
    causes: ['drift'],
    of: /^(ServiceAccount|Secret) .*reader/,
    effects: ['drift'],
    effectOf: /^Secret \S+\/istio-remote-secret-/,
    effectSays: /: it differs from the mesh file$/,
    place: 'OfPeer',
  },
  { causes: ['peer-sync', 'peer-endpoints'], effects: ['peer-answer', ...ofEndpoints], place: 'Pair' },
  { causes: ['peer-endpoints'], effects: atGateway, place: 'Pair' },
  { causes: ['drift'], of: ofWayIn, effects: ['peer-endpoints'], place: 'OfPeer' },
  { causes: ['network-names', 'gateway-address', 'cluster-unread'], effects: ['peer-endpoints'], place: 'OfPeer' },

  // Real requests.
  {
    causes: ['gateway-not-ready', 'gateway-address', 'network-names', 'proxy-names', 'subset-duplicate'],
    effects: atWayIn,
    place: 'Toward',
  },
  { causes: ['drift'], of: ofWayIn, effects: atWayIn, place: 'Toward' },
  { causes: ['drift'], of: ofReader, effects: ['verify-discovery'], place: 'Toward' },
  { causes: ['drift'], of: /^Secret \S+\/istio-remote-secret-/, effects: ['verify-discovery'], place: 'Pair' },
  {
    causes: ['peer-answer', 'peer-endpoints', 'peer-secret', 'peer-sync', 'remote-secret'],
    effects: ['verify-discovery', 'verify-server'],
    place: 'Pair',
  },
  {
    causes: ['trust-bundle', 'trust-istiod', 'trust-distributed', 'trust-domain-differs', 'trust-proxy'],
    effects: ['verify-trust', 'verify-identity', 'verify-server', ...ofProbePods],
    place: 'About',
  },
  { causes: ['cluster-unread'], effects: ['verify-cluster', 'verify-discovery', ...ofProbePods], place: 'About' },
  { causes: ['control-plane-not-ready'], effects: ['verify-discovery', ...ofProbePods], place: 'About' },
  { causes: ['drift'], of: ofInjection, effects: ofProbePods, place: 'About' },
  {
    causes: ['mtls-disabled'],
    effects: ['verify-discovery', 'verify-identity', 'verify-server'],
    place: 'About',
  },
  { causes: ['policy-denies'], effects: ['verify-policy', 'verify-server'], place: 'About' },

  // Policies and Services.
  // istiods go by the policies of their own cluster for endpoints everywhere.
  { causes: ['mtls-disabled', 'mtls-namespace'], effects: [...withoutSidecar, 'no-filter-chain'], place: 'About' },
  // A proxy asks for certificates only where it uses them.
  {
    causes: ['mtls-disabled', 'mtls-namespace'],
    effects: ['trust-proxy'],
    effectSays: /has no certificate or no root yet/,
    place: 'Here',
  },
  { causes: ['join-port-differs', 'join-service-differs'], effects: ofEndpoints, place: 'SameHost' },
  {
    causes: ['rule-without-mtls'],
    // The gateway of the cluster where the rule is goes by it too.
    effects: ['no-endpoint', 'no-healthy-endpoint', 'no-mtls-at-server', 'none-healthy', 'strict-refuses-plaintext'],
    place: 'SameHost',
  },
  { causes: ['none-healthy'], effects: ['no-healthy-endpoint'], place: 'SameHost' },
  { causes: ['config-differs'], effects: ['no-match', 'subset-missing'], place: 'From' },
  { causes: ['injection-differs'], effects: withoutSidecar, place: 'Toward' },
  { causes: ['locality-settings'], effects: ['drift'], effectOf: ofSettings, place: 'Here' },
  { causes: ['drift'], effects: ['service-effect'], place: 'Anywhere' },
  { causes: ['mesh-differs'], effects: ['drift', 'drift-unread', 'trust-bundle', 'proxy-names'], place: 'Here' },
];

/** The cluster whose istiod serves another one; undefined where that has its own. */
export type PrimaryOf = (cluster: string) => string | undefined;

/** True where the second finding follows from the first. */
export function follows(cause: Suspect, effect: Suspect, primaryOf: PrimaryOf): boolean {
  if (cause === effect) return false;
  return rules.some(
    (rule) =>
      rule.causes.includes(cause.finding.code) &&
      rule.effects.includes(effect.finding.code) &&
      (rule.of === undefined || rule.of.test(cause.finding.object ?? '')) &&
      (rule.says === undefined || rule.says.test(cause.finding.message)) &&
      (rule.effectOf === undefined || rule.effectOf.test(effect.finding.object ?? '')) &&
      (rule.effectSays === undefined || rule.effectSays.test(effect.finding.message)) &&
      isAt(rule.place, { cause, effect, primaryOf }) &&
      (!isOfNobody(rule, effect) || keepsPodsAway(rule)),
  );
}

/** A Service without any endpoint, not even one that is left out: no way to a server keeps it from having them. */
function isOfNobody({ place }: Rule, { finding, servers }: Suspect): boolean {
  return finding.code === 'no-endpoint' && servers.size === 0 && place !== 'Pair';
}

/** Without its istiod, or injection, a cluster gets no pods that are ready; a Service may select none. */
function keepsPodsAway({ causes, of }: Rule): boolean {
  return of === ofInjection || causes.includes('control-plane-not-ready') || causes.includes('join-service-differs');
}

interface Both {
  readonly cause: Suspect;
  readonly effect: Suspect;
  readonly primaryOf: PrimaryOf;
}

function isAt(place: Place, { cause, effect, primaryOf }: Both): boolean {
  const { cluster = '' } = cause.finding;
  const isRemote = (one: string | undefined): boolean => one !== undefined && primaryOf(one) === cluster;
  switch (place) {
    case 'Anywhere':
      return true;
    case 'Here':
      return effect.finding.cluster === cluster;
    case 'OfPeer':
      return peerOf(effect) === cluster;
    case 'Toward':
      return isToward(effect, cluster);
    case 'From':
      return effect.callers.has(cluster);
    case 'About':
      return effect.callers.has(cluster) || isToward(effect, cluster);
    case 'Pair':
      return isOfPair(effect, (one) => one === cluster || isRemote(one), peerOf(cause));
    case 'OfRemote':
      return isRemote(effect.finding.cluster);
    case 'TowardRemote':
      return [effect.finding.cluster, ...effect.servers].some((one = '') => isRemote(one) && isToward(effect, one));
    case 'SameHost':
      return [...effect.hosts].some((host) => isAboutHost(cause.finding, host));
  }
}

/** Where nobody knows which cluster should answer, it may be any of them. */
function isToward(effect: Suspect, cluster: string): boolean {
  const { finding, callers, servers } = effect;
  const endsThere = finding.cluster === cluster && !callers.has(cluster);
  return endsThere || servers.has(cluster) || servers.size === 0;
}

/** An istiod knows its peers for the callers of all clusters that it serves. */
function isOfPair(effect: Suspect, isServed: (cluster: string) => boolean, peer: string): boolean {
  if (isOfRequests(effect)) return [...effect.callers].some(isServed) && isToward(effect, peer);
  return isServed(effect.finding.cluster ?? '') && peerOf(effect) === peer;
}

/** The peer that a finding names, or that the remote secret is for which it is about. */
function peerOf({ finding: { peer, object = '' } }: Suspect): string {
  return peer ?? /\/istio-remote-secret-(.+)$/.exec(object)?.[1] ?? '';
}

/** `Service shop/reviews` and `reviews.shop.svc.cluster.local`; a rule names its host in full. */
function isAboutHost({ object = '', message }: Suspect['finding'], host: string): boolean {
  const [, namespace, name] = /^Service ([^/]+)\/(.+)$/.exec(object) ?? [];
  return namespace === undefined ? message.includes(host) : host.startsWith(`${name}.${namespace}.`);
}
