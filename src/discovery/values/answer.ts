import type { EndpointHealth } from './model.ts';

/** Why an endpoint that exists is not among those that a proxy gets. docs/concepts/prediction.md explains each. */
export const reasonCodes = [
  'wrong-port-name',
  'not-an-ip',
  'subset-mismatch',
  'node-local',
  'network-view',
  'cluster-local',
  'mcs-not-exported',
  'no-address-no-gateway',
  'unhealthy-suppressed',
  'terminating',
  'draining',
  'no-reachable-gateway-ipfamily',
  'no-mtls-cross-network',
  'envoy-duplicate',
  'envoy-refused',
  'pod-not-found',
  'no-remote-secret',
  'registry-not-synced',
  'cluster-id-conflict',
  'bad-kubeconfig',
  'distributed-away',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** Why there is no answer with endpoints at all. */
export type NoAnswerCode =
  | 'unknown-host'
  | 'not-in-sidecar-scope'
  | 'not-exported'
  | 'no-such-port'
  | 'subset-missing'
  | 'not-eds'
  /** Envoy would find the hosts by DNS, and istiod has none to name to this proxy. */
  | 'no-dns-hosts'
  /** No AUTO_PASSTHROUGH server of a Gateway makes the proxy one that has `outbound_.…` clusters. */
  | 'no-passthrough-server'
  | 'ambient-not-modelled';

/** One endpoint of istiod's EDS answer. The JSON form is a stable contract (docs/json.md). */
export interface AnswerEndpoint {
  /** `ip:port`, IPv6 in brackets; `pipe:PATH` for a Unix domain socket. */
  readonly address: string;
  readonly weight: number;
  readonly priority: number;
  /** `region/zone/subzone` of the group it is in, with both slashes; '' where all three are empty. */
  readonly locality: string;
  readonly network: string;
  /** The endpoint's cluster; for a gateway the gateway's. */
  readonly cluster: string;
  readonly via: 'pod' | 'gateway';
  /** True where Envoy will use mutual TLS to it. */
  readonly mtls: boolean;
  /** The `tlsMode` that istiod's EDS puts into the endpoint's metadata; '' where it puts none. */
  readonly tlsMode: string;
  readonly sni: string | null;
  readonly health: Extract<EndpointHealth, 'HEALTHY' | 'UNHEALTHY' | 'DRAINING'>;
}

/** One host after Envoy's own rules. */
export interface EffectiveEndpoint extends AnswerEndpoint {
  /** Percent of the requests, 0 to 100. */
  readonly share: number;
}

export interface ExcludedEndpoint {
  readonly address: string;
  readonly cluster: string;
  readonly reason: ReasonCode;
  /** A sentence that names the objects and fields involved. */
  readonly explanation: string;
}

/** One of Envoy's clusters and how Envoy will reach its hosts (CDS). */
export interface EnvoyClusterAnswer {
  /** `outbound|9080||reviews.bookinfo.svc.cluster.local` */
  readonly name: string;
  readonly type: 'EDS' | 'ORIGINAL_DST' | 'STRICT_DNS' | 'LOGICAL_DNS' | 'DYNAMIC_DNS';
  /** None: plaintext. Auto: by endpoint (transport socket matches). */
  readonly tls: 'None' | 'Auto' | 'Istio' | 'Simple' | 'Mutual';
  readonly sni: string | null;
  readonly sans: readonly string[];
  /** Envoy honours the weights of localities. */
  readonly localityWeighted: boolean;
  readonly panicThreshold: number;
  /** Percent of the hosts that Envoy ejects, at most, when they fail; 0 where it ejects none. */
  readonly maxEjection: number;
}

/** What one proxy gets for one of its outbound clusters. */
export type EdsAnswer =
  | {
      readonly outcome: 'Answer';
      readonly envoyCluster: EnvoyClusterAnswer;
      /** Exactly what istiod's EDS holds, in its order. */
      readonly endpoints: readonly AnswerEndpoint[];
      readonly effective: readonly EffectiveEndpoint[];
      readonly excluded: readonly ExcludedEndpoint[];
      /** Sentences: what the answer takes for granted. */
      readonly assumptions: readonly string[];
    }
  | {
      readonly outcome: 'None';
      readonly code: NoAnswerCode;
      readonly explanation: string;
      /** The cluster that the proxy has all the same, whose hosts Envoy finds without EDS. */
      readonly type?: EnvoyClusterAnswer['type'];
    };

/**
 * Which services a gateway knows. `own`: all that is exported to its namespace. `shared`: those of a sidecar of its
 * namespace for which there is no Sidecar, which istiod gives to gateways too once it has made them for such a sidecar
 * (push_context.go, doGetSidecarScope). The two differ where several services have a host.
 */
export type GatewayScope = 'own' | 'shared';

/** What is asked. */
export interface Query {
  readonly host: string;
  readonly port: number;
  /** '' for none. */
  readonly subset: string;
  /** `sni-dnat`: the east-west gateway's own cluster `outbound_.…`, of which only endpoints with mutual TLS are kept. */
  readonly mode: 'outbound' | 'sni-dnat';
  /** Addresses that Envoy has ejected because they fail; left out: none. */
  readonly ejected?: ReadonlySet<string>;
  /** True where only the cluster and its effective hosts are asked for: the rest of the answer is empty. */
  readonly brief?: boolean;
  /** Of a gateway; left out: `own`. */
  readonly gatewayScope?: GatewayScope;
}

/**
 * Envoy's name of a cluster: `outbound|80|v1|host`, or `outbound_.80_.v1_.host` for a gateway's own, which is also the
 * server name (SNI) by which clients reach the former.
 */
export function envoyClusterName(
  mode: Query['mode'],
  { host, port, subset }: Pick<Query, 'host' | 'port' | 'subset'>,
): string {
  return mode === 'outbound' ? `outbound|${port}|${subset}|${host}` : `outbound_.${port}_.${subset}_.${host}`;
}
