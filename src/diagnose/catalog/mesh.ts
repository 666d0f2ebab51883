import type { FindingCode } from '../../base/finding.ts';
import { remedy, run, set } from '../../base/remedy.ts';
import { type CatalogEntry, entry, mended } from './entry.ts';

const byObjects = 'The objects of every cluster, as its API server has them, held side by side.';

/** Findings about what the clusters of a mesh hold together. */
export const meshEntries = {
  'config-differs': entry(
    'east: DestinationRule shop/reviews says something else in east than in west: callers of each cluster go by their own',
    'A DestinationRule or VirtualService of one name has different contents in two primaries. An istiod reads those of its own cluster alone, so that the same request takes different ways by where it starts. It is a note: it may be meant.',
    byObjects,
    'Make them alike, or give those that are to differ different names',
  ),
  'failover-ejection': entry(
    'west: DestinationRule shop/reviews asks for failover of reviews.shop.svc.cluster.local, and it has no outlierDetection, without which Envoy takes every host for healthy',
    'A rule asks for failover by locality, and Envoy never fails over: without `outlierDetection` no host counts as unhealthy, and with a small `maxEjectionPercent` (10 by default) most of the failing hosts stay in use.',
    byObjects,
    'Give the rule `outlierDetection` with `maxEjectionPercent: 100`; a MeshService with `failover` comes with that',
  ),
  'failover-priority': entry(
    'west: DestinationRule shop/reviews orders failover of reviews.shop.svc.cluster.local by version, which endpoints of other networks lack: they come last, whatever their pods are labelled with',
    'A rule orders failover by labels of pods. Of an endpoint behind a gateway istiod knows the cluster and the network alone, so that it counts as different in every other label. It is a warning: where other networks are to come last anyway, nothing is wrong.',
    byObjects,
    'Order by `topology.istio.io/cluster`, or put `topology.istio.io/network` first',
  ),
  'gateway-local-only': entry(
    'west: Service istio-system/istio-eastwestgateway has externalTrafficPolicy Local: nodes without a pod of the gateway answer nothing (b), and istiod gives out their addresses too',
    "A gateway on the nodes' ports answers only on the nodes that run a pod of it, and istiod gives other networks the addresses of all nodes that the Service selects: a part of the requests fails.",
    byObjects,
    'Set `spec.externalTrafficPolicy` to `Cluster`, or run a pod of the gateway on every node',
  ),
  'headless-elsewhere': entry(
    'west: Service shop/db is headless and has pods in east alone: callers choose the address of a pod, and no gateway passes that on',
    'A headless Service, as a StatefulSet has, is called by the addresses or the names of its pods. Between networks only gateways lead, which know Services: where all of its pods are on other networks, its name leads nowhere.',
    byObjects,
    'Call a Service with an address of its own; for pods by name, make one for each pod',
  ),
  'injection-differs': entry(
    'east: no pod of namespace shop has a sidecar, and those in west have: other networks do not reach shop/reviews here',
    'A namespace is part of the mesh in one cluster and not in another one that serves the same Services: its endpoints there take no mutual TLS, so that istiod leaves them out for other networks.',
    byObjects,
    remedy`Name the namespace in ${set('spec.injectNamespaces', { kind: 'MeshCluster', name: 'NAME' })}, apply, and restart its workloads`,
  ),
  'istiod-waits': entry(
    'west: an istiod that starts waits without a limit for the other clusters: while one does not answer, no new istiod gets ready',
    'An istiod waits for its peers before it is ready, 30 seconds by default and then without them. With no limit a cluster that does not answer keeps every new istiod from starting, in an upgrade or after a node was lost.',
    'The environment of each istiod (`PILOT_REMOTE_CLUSTER_TIMEOUT`).',
    'Take the variable out',
  ),
  'kubeconfig-folder': entry(
    'west: istiod takes kubeconfigs from the folder /etc/clusters and passes the remote secrets over (istio-system/istio-remote-secret-east)',
    'An istiod that has a folder with kubeconfigs reads no remote secrets: those that are there have no effect, and neither has a new token in them.',
    'The environment of each istiod (`PILOT_MULTICLUSTER_KUBECONFIG_PATH`), and the remote secrets of its cluster.',
    'Take the variable out, or delete the remote secrets where the folder has all clusters',
  ),
  'locality-settings': entry(
    'west: the mesh settings have localityLbSetting and zoneAwareLbSetting: the two exclude each other',
    'Two settings say how near hosts are preferred, and istiod goes by one of them.',
    'The settings of each istiod (ConfigMap `istio`).',
    'Leave one of the two out',
  ),
  'mtls-namespace': entry(
    'west: PeerAuthentication sample/fault disables mutual TLS of namespace sample: requests from other networks fail',
    'A PeerAuthentication takes mutual TLS away from a namespace or from some of its pods. Gateways between networks pass on nothing else, so that istiod leaves these endpoints out for callers there. It is a warning: it may be meant.',
    byObjects,
    'Delete it, or set its `spec.mtls.mode` to `PERMISSIVE` or `STRICT`',
  ),
  'network-names': entry(
    'east: Service istio-system/istio-eastwestgateway states network other and not eu: istiods take it for the way into other',
    "A cluster's network stands in several places, and one of them says something else: the namespace `istio-system`, or the Service of the gateway, by which other istiods find the way in. Requests then go to addresses that nobody reaches.",
    'The label `topology.istio.io/network` of both, held against the mesh file, or against what the cluster states of itself where there is none.',
    'Give it the label that the message names',
  ),
  'outlier-locality': entry(
    'west: DestinationRule shop/reviews has outlierDetection, by which callers prefer what is near: those in us send nothing to east while hosts of their region are healthy',
    'Outlier detection turns on the preference for near hosts that meshes have by default: a service that was spread over clusters is called in the region of the caller alone from then on. It is a note: it may be meant.',
    byObjects,
    'Where requests are to be spread, set `localityLbSetting.enabled` of the rule to `false`',
  ),
  'peer-endpoints': entry(
    'west: istiod istiod-1 calls east synced and holds none of the 3 endpoints that its Services have',
    'An istiod says that it has read a cluster and holds none of its endpoints, none of its gateways, or only those of before: some versions lose them, or follow the cluster no longer, when a token is replaced. Its proxies send nothing to what it does not hold, without any error.',
    'The endpoints and gateways that each istiod holds by cluster (`/debug/endpointShardz`, `/debug/networkz`), against the EndpointSlices there.',
    'Restart istiod; where that does not help, its log says what it could not read',
  ),
  'remote-secret': mended(
    'Secret istio-system/istio-remote-secret-east',
    entry(
      'west: Secret istio-system/istio-remote-secret-east cannot lead to east: its address https://127.0.0.1:6443 means every machine itself',
      'A remote secret cannot work (no credential, a token that has ended, an address of this machine, a kubeconfig that cannot be read), two of them lead to one cluster, or one leads to a cluster that the mesh does not have.',
      'The remote secrets of istio-system, without their credentials; whether an address is reached is `peer-answer`.',
      remedy`Follow the hint; ${run('apply')} makes those of the mesh again`,
    ),
  ),
  'rule-without-mtls': entry(
    'west: DestinationRule sample/fault sends requests to only-east.sample.svc.cluster.local with tls.mode DISABLE: endpoints on other networks get none, and pods that are strict refuse them',
    'A DestinationRule makes callers send plaintext, or TLS of their own, to a service of the mesh. istiod then leaves out the endpoints behind gateways, which take mutual TLS alone.',
    byObjects,
    'Set `trafficPolicy.tls.mode` to `ISTIO_MUTUAL`, or leave `tls` out',
  ),
  'subset-duplicate': entry(
    'west: DestinationRule shop/reviews has two subsets called v1: an east-west gateway that restarts refuses its listener',
    'Two subsets of one name give the east-west gateway two filter chains that match the same, which Envoy refuses together with the whole listener. A gateway that runs keeps what it had before, until it restarts.',
    byObjects,
    'Give each subset a name of its own',
  ),
  'trust-domain-differs': entry(
    "east: east has trust domain other.local and west has cluster.local, and neither takes the other for an alias: callers refuse the servers' names",
    'Two clusters have different trust domains. Callers take a server for the one they want by its identity, which begins with the trust domain: handshakes fail although the roots are the same.',
    'The settings of each istiod (`trustDomain`, `trustDomainAliases`).',
    remedy`Give all clusters one trust domain: ${set('spec.trust.domain', { kind: 'Mesh' })}`,
  ),
} as const satisfies Partial<Record<FindingCode, CatalogEntry>>;
