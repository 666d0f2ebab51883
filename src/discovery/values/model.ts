import type { KubeObject } from '../../objects/object.ts';
import type { IstiodSettings } from './snapshot.ts';

/** This folder holds the types and small functions that all other folders of the model share. */

/** How proxies find a service's hosts (pilot/pkg/model/service.go, Resolution). */
export type Resolution = 'ClientSideLB' | 'Passthrough' | 'DNS' | 'DNSRoundRobin' | 'DynamicDNS' | 'Alias';

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** As istiod names it: HTTP, HTTP2, GRPC, GRPC-Web, TCP, TLS, HTTPS, UDP, Mongo, ..., UnsupportedProtocol. */
  readonly protocol: string;
  /** Number or name as the Service gives it; the EndpointSlice carries the real one. */
  readonly targetPort: number | string | undefined;
}

export type TrafficDistribution = 'Any' | 'PreferSameZone' | 'PreferSameNode';

/** A service as one istiod sees it after merging all its registries. */
export interface Service {
  readonly host: string;
  readonly name: string;
  readonly namespace: string;
  readonly provider: 'Kubernetes' | 'External';
  /** The cluster of the first registry that has it: ports, labels and all else come from there. */
  readonly definedIn: string;
  /** Every cluster that has a Service of this host. */
  readonly clusters: readonly string[];
  readonly resolution: Resolution;
  /** The host that an alias (ExternalName) stands for. */
  readonly aliasOf?: string;
  readonly meshExternal: boolean;
  readonly ports: readonly ServicePort[];
  readonly labels: Readonly<Record<string, string>>;
  readonly exportTo: ReadonlySet<string> | undefined;
  /** Clusters whose own Service is exported to nobody, whatever the first cluster's says. */
  readonly hiddenIn?: readonly string[];
  /** VIPs by cluster. */
  readonly vips: ReadonlyMap<string, readonly string[]>;
  readonly defaultAddress: string;
  readonly trafficDistribution: TrafficDistribution;
  /** internalTrafficPolicy: Local. */
  readonly nodeLocal: boolean;
  readonly publishNotReady: boolean;
  readonly creationTime: string;
  /** Identities that the service itself names, merged over clusters. */
  readonly serviceAccounts: readonly string[];
  /** Envoy takes whichever of a name's addresses it connects to first. Left out: false. */
  readonly racesConnections?: boolean;
  /** The labels of a ServiceEntry's workloadSelector. */
  readonly workloadSelector?: Readonly<Record<string, string>>;
}

export type EndpointHealth = 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TERMINATING';

/** One address and port behind a service, as istiod keeps it in its index (model.IstioEndpoint). */
export interface Endpoint {
  /** IP address; '' for a WorkloadEntry without one; a host name or socket path where a ServiceEntry says so. */
  readonly address: string;
  readonly port: number;
  readonly portName: string;
  /** The number of the ServiceEntry's port that it is of, by which clusters find it that Envoy resolves by DNS. */
  readonly entryPort?: number;
  /** '' where unknown. */
  readonly network: string;
  /** The cluster that the endpoint is in (Locality.ClusterID). */
  readonly cluster: string;
  /** The raw locality label, `region/zone/subzone` or ''. */
  readonly locality: string;
  /** As istiod augments them: topology.istio.io/cluster, /network, region, zone, hostname, ... */
  readonly labels: Readonly<Record<string, string>>;
  /** `security.istio.io/tlsMode` verbatim, else `disabled`. */
  readonly tlsMode: string;
  readonly health: EndpointHealth;
  readonly weight: number;
  /** `spiffe://…` or ''. */
  readonly serviceAccount: string;
  /** '' where no pod is known. */
  readonly namespace: string;
  readonly node: string;
  /** Pod or WorkloadEntry name where known. */
  readonly workload: string;
  /** True where multi-cluster services confine it to the proxies of its own cluster; all flags are applied. */
  readonly sameClusterOnly?: boolean;
}

/** Endpoints of one service in one registry: istiod's shard. */
export interface Shard {
  readonly provider: 'Kubernetes' | 'External';
  readonly cluster: string;
  readonly endpoints: readonly Endpoint[];
  /** Endpoints that never reach the index, with the reason. */
  readonly dropped: readonly { readonly endpoint: Endpoint; readonly reason: 'pod-not-found' | 'not-an-ip' }[];
}

/** A way into a network (pilot/pkg/model/network.go, NetworkGateway). 0 means the port is not there. */
export interface NetworkGateway {
  readonly network: string;
  readonly cluster: string;
  readonly address: string;
  readonly port: number;
  readonly hbonePort: number;
  readonly serviceAccount: string;
}

/** Gateways with the rules of pilot/pkg/model/network.go applied: sorted by address (as text), then port. */
export interface NetworkGateways {
  /** True where any gateway of any network is known (trap T3). */
  readonly multiNetwork: boolean;
  readonly byNetwork: ReadonlyMap<string, readonly NetworkGateway[]>;
  /** Key: `${network}\n${cluster}`. */
  readonly byNetworkAndCluster: ReadonlyMap<string, readonly NetworkGateway[]>;
  /** The factor that every weight is multiplied by. */
  readonly lcm: number;
  /** Host-name gateways that could not be resolved, for the answer's assumptions. */
  readonly unresolved: readonly NetworkGateway[];
}

/** Istio configuration of the config cluster that decides what a client sees. Whole objects, in creation order. */
export interface IstioConfig {
  readonly destinationRules: readonly KubeObject[];
  readonly virtualServices: readonly KubeObject[];
  readonly sidecars: readonly KubeObject[];
  readonly peerAuthentications: readonly KubeObject[];
  readonly authorizationPolicies: readonly KubeObject[];
  readonly gateways: readonly KubeObject[];
  /** Routes of the Gateway API. */
  readonly serviceRoutes: readonly KubeObject[];
}

/** What one istiod knows: the input of every query. */
export interface IstiodView {
  readonly istiod: IstiodSettings;
  /** Merged services by host; where several namespaces have the host (ServiceEntry), by namespace below. */
  readonly services: ReadonlyMap<string, ReadonlyMap<string, Service>>;
  /** Every service by host in istiod's order: several ServiceEntries of one namespace may each make one. */
  readonly listed: ReadonlyMap<string, readonly Service[]>;
  /** The shards of a service in istiod's order (provider text, then cluster). Computed when first asked for, then kept. */
  shards(service: Service): readonly Shard[];
  readonly gateways: NetworkGateways;
  readonly config: IstioConfig;
  /** Some WorkloadEntry has no address, so that any service which selects it may have such an endpoint. */
  readonly hasWorkloadsWithoutAddress: boolean;
  /** The augmented pod of a proxy, by cluster, namespace and name. */
  pod(cluster: string, namespace: string, name: string): ProxyPod | undefined;
  /** True where the cluster has a ServiceExport of that name; whether it matters is in `Endpoint.sameClusterOnly`. */
  exported(cluster: string, namespace: string, name: string): boolean;
  /** What it would tell with other objects of the kinds in `config`: `change` gets those of each kind, `group/Kind`. */
  reconfigured(change: (objects: readonly KubeObject[], kind: string) => readonly KubeObject[]): IstiodView;
}

/** What istiod takes from a proxy's pod (pilot/pkg/xds/ads.go, setTopologyLabels). */
export interface ProxyPod {
  readonly labels: Readonly<Record<string, string>>;
  readonly locality: string;
  readonly node: string;
}

/** Who asks: the proxy's node metadata. */
export interface ProxyNode {
  readonly type: 'sidecar' | 'router';
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** ISTIO_META_NETWORK, never defaulted. */
  readonly network: string;
  readonly ips: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** REQUESTED_NETWORK_VIEW; empty: no restriction. */
  readonly view: readonly string[];
  readonly node: string;
  /** From the XDS node, used where no label gives one. */
  readonly locality: string;
}
