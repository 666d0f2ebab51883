import type { JsonObject } from '../../base/json.ts';
import { remember } from '../../base/memo.ts';
import { compareTexts, fieldsOf, textOf, textsOf } from '../values/fields.ts';
import { ipFamily } from '../values/ip.ts';
import { isOn, setting } from '../values/mesh-config.ts';
import type { Service } from '../values/model.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import type { Registry } from './registry.ts';
import { serviceHost } from './services.ts';

/** Multi-cluster services (sigs.k8s.io/mcs-api) as one istiod reads them; each flag needs the one before it. */
export interface ClusterSet {
  /** True where the cluster has a ServiceExport of that name. */
  exported(cluster: string, namespace: string, name: string): boolean;
  /** The services `*.svc.clusterset.local` that ServiceImports bring into being. */
  readonly services: ReadonlyMap<string, Service>;
  /** True where endpoints of the service in that cluster are for its own proxies only. */
  isSameClusterOnly(
    host: string,
    registry: Registry,
    service: { readonly namespace: string; readonly name: string },
  ): boolean;
}

export const clusterSetDomain = 'clusterset.local';

export function createClusterSet(
  istiod: IstiodSettings,
  registries: readonly Registry[],
  merged: ReadonlyMap<string, Service>,
): ClusterSet {
  const group = setting(istiod, 'MCS_API_GROUP', 'multicluster.x-k8s.io');
  const discovers = isOn(istiod, 'ENABLE_MCS_SERVICE_DISCOVERY');
  const exports = new Map(registries.map((registry) => [registry.cluster, readExports(registry, group)]));
  const services = hasClusterSetHosts(istiod)
    ? importedServices(istiod, registries, merged)
    : new Map<string, Service>();
  const exported = (cluster: string, namespace: string, name: string): boolean =>
    exports.get(cluster)?.get(namespace)?.has(name) ?? false;
  return {
    exported,
    services,
    isSameClusterOnly: (host, registry, { namespace, name }) => {
      if (!discovers) return false;
      const isClusterSet = host.endsWith(`.${clusterSetDomain}`);
      const isKnown = isClusterSet
        ? services.get(host)?.clusters.includes(registry.cluster) === true
        : registry.sees(namespace) && registry.index.services.get(namespace)?.has(name) === true;
      if (!isKnown || (!isClusterSet && isOn(istiod, 'ENABLE_MCS_CLUSTER_LOCAL'))) return true;
      return !exported(registry.cluster, namespace, name);
    },
  };
}

export function hasClusterSetHosts(istiod: IstiodSettings): boolean {
  return isOn(istiod, 'ENABLE_MCS_SERVICE_DISCOVERY') && isOn(istiod, 'ENABLE_MCS_HOST');
}

function readExports(registry: Registry, group: string): ReadonlyMap<string, ReadonlySet<string>> {
  const exports = new Map<string, Set<string>>();
  for (const { metadata } of registry.index.objects(`${group}/ServiceExport`)) {
    const namespace = textOf(metadata.namespace);
    if (namespace === '' || !registry.sees(namespace)) continue;
    remember(exports, namespace, () => new Set()).add(metadata.name);
  }
  return exports;
}

/**
 * A copy of the real service with the import's addresses (serviceimportcache.go): without addresses there is none. istiod
 * copies the merged service when the import appears, and again the Service of whichever cluster changes last; where
 * clusters disagree about the service, its past decides, and here the merged one stands for it.
 */
function importedServices(
  istiod: IstiodSettings,
  registries: readonly Registry[],
  merged: ReadonlyMap<string, Service>,
): ReadonlyMap<string, Service> {
  const group = setting(istiod, 'MCS_API_GROUP', 'multicluster.x-k8s.io');
  const imported = new Map<string, Service>();
  for (const { cluster, index, sees } of registries) {
    for (const { metadata, spec } of index.objects(`${group}/ServiceImport`)) {
      const namespace = textOf(metadata.namespace);
      const real = merged.get(serviceHost(metadata.name, namespace, istiod.domain));
      const ips = importAddresses(fieldsOf(spec));
      const [defaultAddress] = ips;
      if (real === undefined || defaultAddress === undefined || !sees(namespace)) continue;
      const host = serviceHost(metadata.name, namespace, clusterSetDomain);
      const known = imported.get(host);
      const service = known ?? { ...real, host, definedIn: cluster, clusters: [], vips: new Map(), defaultAddress };
      const clusters = [...service.clusters, cluster];
      imported.set(host, { ...service, clusters, vips: new Map([...service.vips, [cluster, ips]]) });
    }
  }
  return imported;
}

function importAddresses(spec: JsonObject): readonly string[] {
  return textsOf(spec.ips)
    .filter((ip) => ipFamily(ip) !== undefined)
    .toSorted(compareTexts);
}
