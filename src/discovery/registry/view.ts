import { oncePer, remember } from '../../base/memo.ts';
import { type ClusterIndex, indexCluster } from '../values/cluster-index.ts';
import { fieldsOf, textOf } from '../values/fields.ts';
import { asItsVersion } from '../values/istio-version.ts';
import type { IstioConfig, IstiodView, Service } from '../values/model.ts';
import type { IstiodSettings, Snapshot } from '../values/snapshot.ts';
import { compareServices } from '../values/visibility.ts';
import { createClusterSet } from './clusterset.ts';
import { collectGateways } from './gateways.ts';
import { readMeshNetworks } from './mesh-networks.ts';
import { createRegistries, type Registry } from './registry.ts';
import { readServiceEntries, type ServiceEntries, serviceOfEntry } from './service-entry.ts';
import { mergeServices } from './services.ts';
import { createShardReader } from './shards.ts';
import { visibleObjects } from './workloads.ts';

/** This folder reads clusters as istiod's registries do, and gives what one istiod knows of all of them. */

/** What one istiod of the snapshot knows. Clusters that it names and the snapshot lacks count as not reachable. */
export function buildIstiodView(snapshot: Snapshot, istiod: IstiodSettings): IstiodView {
  const wanted = new Set([istiod.cluster, ...istiod.remotes]);
  return viewOf(
    snapshot,
    istiod,
    indexClusters({ ...snapshot, clusters: snapshot.clusters.filter(({ cluster }) => wanted.has(cluster)) }),
  );
}

/** The views of all istiods, in the snapshot's order: each cluster is indexed once for all of them. */
export function buildIstiodViews(snapshot: Snapshot): readonly IstiodView[] {
  return snapshot.istiods.map(viewBuilder(snapshot));
}

/** Builds views one by one, each when it is first asked for. */
export function viewBuilder(snapshot: Snapshot): (istiod: IstiodSettings) => IstiodView {
  const indexes = indexClusters(snapshot);
  return oncePer((istiod: IstiodSettings) => viewOf(snapshot, istiod, indexes));
}

/** Of several clusters with one id, the first counts. */
function indexClusters({ clusters }: Snapshot): ReadonlyMap<string, ClusterIndex> {
  const indexes = new Map<string, ClusterIndex>();
  for (const objects of clusters) remember(indexes, objects.cluster, () => indexCluster(objects));
  return indexes;
}

function viewOf(
  { resolutions = {}, istiods }: Snapshot,
  settings: IstiodSettings,
  indexes: ReadonlyMap<string, ClusterIndex>,
): IstiodView {
  const istiod = asItsVersion(settings);
  const networks = readMeshNetworks(istiod);
  const registries = createRegistries(istiod, { indexes, networks, istiods });
  const config = registries.find(({ isConfig }) => isConfig);
  const merged = mergeServices(registries, istiod.domain);
  const clusterSet = createClusterSet(istiod, registries, merged);
  const entries: ServiceEntries = config === undefined ? new Map() : readServiceEntries(istiod, config);
  const listed = listServices([
    ...merged.values(),
    ...clusterSet.services.values(),
    ...entryServices(istiod, entries, config),
  ]);
  const view: IstiodView = {
    istiod,
    services: byHostAndNamespace(listed),
    listed,
    shards: createShardReader({ istiod, registries, clusterSet, entries }),
    gateways: collectGateways({ istiod, registries, networks, resolutions }),
    config: readConfig(istiod, config),
    hasWorkloadsWithoutAddress: registries.some(({ index }) =>
      index.objects('networking.istio.io/WorkloadEntry').some(({ spec }) => textOf(fieldsOf(spec).address) === ''),
    ),
    pod: (cluster, namespace, name) => {
      const registry = registries.find((one) => one.cluster === cluster);
      const pod = registry?.sees(namespace) ? registry.index.pods.get(namespace)?.get(name) : undefined;
      return pod === undefined ? undefined : registry?.register(pod);
    },
    exported: clusterSet.exported,
    reconfigured: (change) => ({
      ...view,
      config: readConfig(istiod, config === undefined ? config : edited(config, change)),
    }),
  };
  return view;
}

function edited(config: Registry, change: Parameters<IstiodView['reconfigured']>[0]): Registry {
  const { index } = config;
  return { ...config, index: { ...index, objects: (kind) => change(index.objects(kind), kind) } };
}

/** The services of all ServiceEntries, several of one host and namespace among them. */
function entryServices(istiod: IstiodSettings, entries: ServiceEntries, config: Registry | undefined): Service[] {
  if (config === undefined) return [];
  return [...entries].flatMap(([host, namespaces]) =>
    [...namespaces.values()].flat().map((entry) => serviceOfEntry(entry, host, { istiod, config })),
  );
}

/**
 * By host, in istiod's order of services: age, name, namespace. The identities that a service names are those of the
 * youngest of its host and namespace (pilot/pkg/model/push_context.go, initServiceRegistry and addServiceAccounts).
 */
function listServices(services: readonly Service[]): ReadonlyMap<string, readonly Service[]> {
  const byHost = Map.groupBy(services.toSorted(compareServices), ({ host }) => host);
  for (const [host, several] of byHost) if (several.length > 1) byHost.set(host, withSharedIdentities(several));
  return byHost;
}

function withSharedIdentities(services: readonly Service[]): Service[] {
  const identities = new Map(services.map(({ namespace, serviceAccounts }) => [namespace, serviceAccounts]));
  return services.map((service) => ({ ...service, serviceAccounts: identities.get(service.namespace) ?? [] }));
}

/** Of one host and namespace the Kubernetes service counts, else the oldest (initServiceRegistry). */
function byHostAndNamespace(
  listed: ReadonlyMap<string, readonly Service[]>,
): ReadonlyMap<string, ReadonlyMap<string, Service>> {
  const byHost = new Map<string, Map<string, Service>>();
  for (const [host, services] of listed) {
    const namespaces = remember(byHost, host, () => new Map());
    for (const service of services) {
      const older = namespaces.get(service.namespace);
      const counts = older === undefined || (older.provider === 'External' && service.provider === 'Kubernetes');
      if (counts) namespaces.set(service.namespace, service);
    }
  }
  return byHost;
}

const routeKinds = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute'];

function readConfig(istiod: IstiodSettings, config: Registry | undefined): IstioConfig {
  const objects = (kind: string) => (config === undefined ? [] : visibleObjects(istiod, config, kind));
  return {
    destinationRules: objects('networking.istio.io/DestinationRule'),
    virtualServices: objects('networking.istio.io/VirtualService'),
    sidecars: objects('networking.istio.io/Sidecar'),
    peerAuthentications: objects('security.istio.io/PeerAuthentication'),
    authorizationPolicies: objects('security.istio.io/AuthorizationPolicy'),
    gateways: objects('networking.istio.io/Gateway'),
    serviceRoutes: routeKinds.flatMap((kind) => objects(`gateway.networking.k8s.io/${kind}`)),
  };
}
