/** What istiod really answers, in the words of the prediction (src/discovery/values/answer.ts) where they have the same meaning. */

/** One endpoint of a ClusterLoadAssignment. */
export interface ActualEndpoint {
  /** `ip:port`, IPv6 in brackets; `pipe:PATH` for a socket, the internal listener's name with its endpoint id for HBONE. */
  readonly address: string;
  readonly weight: number;
  /** Of its group. */
  readonly priority: number;
  /** `region/zone/subzone` of its group; '' where all three are empty, and no trailing slashes where the last are. */
  readonly locality: string;
  /** As EDS names it; an endpoint that EDS says nothing about (a gateway) counts as HEALTHY, as in Envoy. */
  readonly health: 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT' | 'DEGRADED';
  /** `tlsMode` of the metadata by which Envoy picks the transport socket: `istio`, or '' where there is none. */
  readonly tlsMode: string;
  /** The cluster in Istio's workload metadata; '' where the endpoint carries none. */
  readonly cluster: string;
  /** The workload's name in the same metadata; '' for gateways and where the endpoint carries none. */
  readonly workload: string;
}

/** One locality group. A group without endpoints is kept: it takes a priority of its own. */
export interface ActualGroup {
  readonly locality: string;
  readonly priority: number;
  /** `load_balancing_weight` of the group; undefined where EDS gives none. */
  readonly weight: number | undefined;
  readonly endpoints: readonly ActualEndpoint[];
}

/** One ClusterLoadAssignment, groups and endpoints in the order in which istiod sent them. */
export interface ActualEds {
  readonly groups: readonly ActualGroup[];
  /** The endpoints of all groups, one after the other. */
  readonly endpoints: readonly ActualEndpoint[];
  /** `policy.overprovisioning_factor`; undefined where EDS gives none. */
  readonly overprovisioningFactor: number | undefined;
}

/** How Envoy speaks to an upstream. */
export interface ActualTls {
  /** `raw`: plaintext; `istio`: mutual TLS with the workload's certificate; `tls`: any other client TLS. */
  readonly mode: 'raw' | 'istio' | 'tls';
  readonly sni: string;
  readonly sans: readonly string[];
}

/** One CDS cluster. */
export interface ActualCluster {
  readonly name: string;
  readonly type: 'STATIC' | 'EDS' | 'ORIGINAL_DST' | 'STRICT_DNS' | 'LOGICAL_DNS' | 'OTHER';
  /** The socket of endpoints that no match names. */
  readonly tls: ActualTls;
  /** By endpoint metadata, first match wins; empty where the cluster has no transport socket matches. */
  readonly matches: readonly { readonly name: string; readonly tlsMode: string; readonly tls: ActualTls }[];
  /** ROUND_ROBIN, LEAST_REQUEST, RANDOM, RING_HASH, MAGLEV, CLUSTER_PROVIDED, ... */
  readonly lbPolicy: string;
  readonly localityWeighted: boolean;
  /** Percent; undefined where CDS gives none (Envoy then takes 50). */
  readonly panicThreshold: number | undefined;
  /** True where outlier detection is configured. */
  readonly outlierDetection: boolean;
}

/** What a proxy holds right now of what was asked for. */
export interface ActualAnswer {
  /** The CDS clusters of the names that were asked for; a name that istiod does not send is missing. */
  readonly clusters: ReadonlyMap<string, ActualCluster>;
  /** The newest assignment of each name; a name for which istiod sent nothing is missing. */
  readonly eds: ReadonlyMap<string, ActualEds>;
  /** Responses that the stream has got so far, of both types: it grows when something new was pushed. */
  readonly pushes: number;
  /** The server names of each listener's filter chains, by `ip:port`; empty where listeners were not asked for. */
  readonly serverNames?: ReadonlyMap<string, readonly string[]>;
}
