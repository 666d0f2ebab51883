import type { JsonObject } from '../../src/base/json.ts';
import type { IstiodSettings } from '../../src/discovery/values/snapshot.ts';
import { type Draft, type DraftCluster, fields, object, systemNamespace } from './draft.ts';
import { resolvesPerRequest } from './entries.ts';
import type { Random } from './random.ts';
import { localitySetting, zoneAwareSetting } from './traffic.ts';

/**
 * Flags that differ from the defaults; most meshes have none. PILOT_ENABLE_CROSS_CLUSTER_WORKLOAD_ENTRY=false is not
 * among them: with it istiod 1.31 ends at the first remote secret ("NewDelayedInformer called without a CrdWatcher
 * enabled"; pkg/kube/multicluster/secretcontroller.go, DefaultBuildClientsFromConfig).
 */
export function draftFlags(random: Random): Record<string, string> {
  if (random.chance(0.6)) return {};
  const isMcs = random.chance(0.12);
  const isMcsHost = isMcs && random.chance(0.5);
  return fields({
    PILOT_SEND_UNHEALTHY_ENDPOINTS: random.maybe(0.2, () => 'true'),
    PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: random.maybe(0.3, () => 'false'),
    ENABLE_LOCALITY_WEIGHTED_LB_CONFIG: random.maybe(0.2, () => 'true'),
    PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES: random.maybe(0.2, () => 'true'),
    RESOLVE_HOSTNAME_GATEWAYS: random.maybe(0.2, () => 'false'),
    PILOT_MULTI_NETWORK_DISCOVER_GATEWAY_API: random.maybe(0.15, () => 'false'),
    PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES: random.maybe(0.15, () => 'false'),
    PILOT_ENABLE_SERVICEENTRY_SELECT_PODS: random.maybe(0.15, () => 'false'),
    PILOT_ENABLE_WORKLOAD_ENTRY_HEALTHCHECKS: random.maybe(0.1, () => 'false'),
    PILOT_PERSISTENT_SESSION_LABEL: random.maybe(0.1, () => 'example.com/sticky'),
    PILOT_DRAINING_LABEL: random.maybe(0.1, () => 'example.com/draining'),
    PILOT_UNIFIED_SIDECAR_SCOPE: random.maybe(0.1, () => 'false'),
    PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE: random.maybe(0.1, () => 'false'),
    ENABLE_ENHANCED_DESTINATIONRULE_MERGE: random.maybe(0.1, () => 'false'),
    ENABLE_MCS_SERVICE_DISCOVERY: isMcs ? 'true' : undefined,
    ENABLE_MCS_HOST: isMcsHost ? 'true' : undefined,
    ENABLE_MCS_CLUSTER_LOCAL: isMcsHost && random.chance(0.5) ? 'true' : undefined,
  }) as Record<string, string>;
}

/** Who is primary, and for whom: one istiod for all clusters, or two that share them. */
export function draftPrimaries(random: Random, clusters: readonly DraftCluster[]): readonly DraftCluster[] {
  return clusters.slice(0, random.chance(0.25) ? 2 : 1);
}

/** The istiods of a mesh with their MeshConfig and MeshNetworks. */
export function istiods(draft: Draft): IstiodSettings[] {
  const { random, clusters, configClusters } = draft;
  const networks = meshNetworks(draft);
  return configClusters.map((primary, place) => {
    const others = clusters.filter((cluster) => cluster !== primary);
    const served = clusters.filter((cluster, index) =>
      configClusters.includes(cluster) ? cluster === primary : index % configClusters.length === place,
    );
    // Now and then a remote secret is missing.
    const remotes = others.filter((cluster) => served.includes(cluster) || random.chance(0.93));
    return {
      cluster: primary.id,
      runsIn: primary.id,
      serves: served.map(({ id }) => id),
      remotes: remotes.map(({ id }) => id),
      flags: draft.flags,
      meshConfig: meshConfig(draft),
      meshNetworks: networks,
      domain: 'cluster.local',
      namespace: systemNamespace,
    };
  });
}

function meshConfig(draft: Draft): JsonObject {
  const { random } = draft;
  return fields({
    rootNamespace: draft.rootNamespace === systemNamespace ? undefined : draft.rootNamespace,
    localityLbSetting: random.maybe(0.25, () => localitySetting(random)),
    serviceSettings: random.maybe(0.25, () => serviceSettings(draft)),
    enableAutoMtls: random.maybe(0.06, () => false),
    trustDomain: random.maybe(0.15, () => 'mesh.example'),
    trustDomainAliases: random.maybe(0.12, () => ['old.example', 'older.example']),
    defaultServiceExportTo: random.maybe(0.04, () => [random.pick(['.', '*', '~'])]),
    defaultDestinationRuleExportTo: random.maybe(0.06, () => [random.pick(['.', '*'])]),
    discoverySelectors: random.maybe(0.1, () => [{ matchLabels: { 'in-mesh': 'yes' } }]),
    defaultTrafficPolicy: random.maybe(0.08, () => {
      const minHealthPercent = random.maybe(0.5, () => 20);
      return resolvesPerRequest(draft)
        ? {}
        : { outlierDetection: fields({ consecutive5xxErrors: 7, minHealthPercent }) };
    }),
    zoneAwareLbSetting: random.maybe(0.04, () => zoneAwareSetting(random)),
    serviceEntryVisibility: random.maybe(0.06, () => entryVisibility(random)),
    defaultConfig: random.maybe(0.06, () => ({ discoveryAddress: 'api.shop.svc:15012' })),
  });
}

/** Who may see ServiceEntries, by the namespaces that they are in. */
function entryVisibility(random: Random): JsonObject {
  const visibility = (): string => random.pick(['NONE', 'NAMESPACE', 'PUBLIC']);
  const namespaceSelector = { matchLabels: { 'in-mesh': 'yes' } };
  return fields({
    applyToSidecars: random.chance(0.8),
    defaultVisibility: random.maybe(0.7, visibility),
    policies: random.maybe(0.5, () => [{ visibility: visibility(), matchingRules: [{ namespaceSelector }] }]),
  });
}

function serviceSettings(draft: Draft): JsonObject[] {
  const { random } = draft;
  return Array.from({ length: random.int(1, 2) }, () => {
    const service = random.pick(draft.services);
    const hosts = random.pick([
      [service.host],
      [`*.${service.namespace}.svc.cluster.local`],
      ['*.svc.cluster.local'],
      ['*'],
    ]);
    return { settings: { clusterLocal: random.chance(0.75) }, hosts };
  });
}

/**
 * Each cluster and each range belongs to one network: of several that claim the same, istiod keeps whichever comes
 * first in a Go map.
 */
function meshNetworks(draft: Draft): JsonObject {
  const { random, clusters, networks } = draft;
  if (!random.chance(0.35)) return {};
  const claims = new Map<string, JsonObject[]>(networks.map((network) => [network, []]));
  for (const cluster of clusters) {
    const network = cluster.network === '' || random.chance(0.1) ? random.pick(networks) : cluster.network;
    const claim = random.pick<JsonObject>([
      { fromRegistry: cluster.id },
      { fromRegistry: cluster.id },
      { fromCidr: `10.${cluster.index}.0.0/16` },
    ]);
    if (random.chance(0.7)) claims.get(network)?.push(claim);
  }
  // The widest range wins.
  if (random.chance(0.1)) claims.get(random.pick(networks))?.push({ fromCidr: '10.0.0.0/8' });
  const entries = [...claims].filter(([, endpoints]) => endpoints.length > 0);
  return {
    networks: Object.fromEntries(
      entries.map(([network, endpoints]) => [network, { endpoints, gateways: networkGateways(draft, network) }]),
    ),
  };
}

function networkGateways(draft: Draft, network: string): JsonObject[] {
  const { random } = draft;
  if (random.chance(0.4)) return [];
  if (random.chance(0.4)) {
    return [{ registryServiceName: 'eastwest.istio-system.svc.cluster.local', port: random.pick([15_443, 15_021]) }];
  }
  // 203.0.1.1 is also the first load balancer's address: two gateways that differ in nothing but their cluster.
  const address = random.chance(0.15) ? '203.0.1.1' : `192.0.2.${network.slice(1)}`;
  return [{ address, port: random.pick([15_443, 443]) }];
}

/** The MeshConfig that remote clusters keep for themselves, of which istiod reads the trust domain. */
export function addRemoteMeshConfigs(draft: Draft): void {
  const { random, clusters, configClusters } = draft;
  for (const cluster of clusters) {
    if (configClusters.includes(cluster) || !random.chance(0.25)) continue;
    const mesh = `trustDomain: ${random.pick(['cluster.local', 'mesh.example', 'remote.example'])}\n`;
    cluster.objects.push(
      object({ apiVersion: 'v1', kind: 'ConfigMap', name: 'istio', namespace: systemNamespace }, { data: { mesh } }),
    );
  }
}

/** Exports of the Multi-Cluster Services API, where istiod looks at them. */
export function addServiceExports(draft: Draft): void {
  if (draft.flags.ENABLE_MCS_SERVICE_DISCOVERY !== 'true') return;
  const { random } = draft;
  for (const cluster of draft.clusters) {
    for (const { name, namespace } of random.some(draft.services, 0.5)) {
      const head = { apiVersion: 'multicluster.x-k8s.io/v1alpha1', name, namespace };
      cluster.objects.push(object({ ...head, kind: 'ServiceExport' }));
      if (!random.chance(0.6)) continue;
      const ips = random.chance(0.85)
        ? [`241.0.${cluster.index}.${draft.services.findIndex((one) => one.name === name) + 1}`]
        : [];
      cluster.objects.push(
        object(
          { ...head, kind: 'ServiceImport' },
          { spec: { type: 'ClusterSetIP', ips, ports: [{ port: 80, protocol: 'TCP' }] } },
        ),
      );
    }
  }
}
