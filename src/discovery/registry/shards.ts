import { remember } from '../../base/memo.ts';
import { compareTexts, fieldsOf, stringsOf } from '../values/fields.ts';
import type { Endpoint, Service, ServicePort, Shard } from '../values/model.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import { type ClusterSet, clusterSetDomain, hasClusterSetHosts } from './clusterset.ts';
import type { Registry } from './registry.ts';
import { endpointsOfEntries, type ServiceEntries } from './service-entry.ts';
import { portsOf, resolutionOf } from './services.ts';
import { endpointsOfSlices } from './slices.ts';
import type { Workload } from './workload.ts';
import { readWorkloadEntries, serviceEntryWorkloads, serviceWorkloads } from './workloads.ts';

export interface ShardSources {
  readonly istiod: IstiodSettings;
  readonly registries: readonly Registry[];
  readonly clusterSet: ClusterSet;
  readonly entries: ServiceEntries;
}

/** A Kubernetes service whose endpoints count for a host. */
interface KubeTarget {
  readonly host: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * The endpoints of a host in a namespace, by where they come from (pilot/pkg/model/endpointshards.go). They belong to
 * the two names, not to the service: a ServiceEntry adds to the Kubernetes service of its host and namespace, and slices
 * of a cluster without the Service count too.
 */
export function createShardReader(sources: ShardSources): (service: Service) => readonly Shard[] {
  const known = new WeakMap<Service, readonly Shard[]>();
  const { istiod, registries, entries } = sources;
  const workloads = new Map(registries.map((registry) => [registry.cluster, readWorkloadEntries(istiod, registry)]));
  const find = serviceEntryWorkloads(istiod, registries, workloads);
  const readers = registries.map((registry) => {
    const select = serviceWorkloads(istiod, workloads.get(registry.cluster) ?? new Map());
    return (target: KubeTarget) => kubernetesShard(sources, registry, { target, select });
  });

  function read({ host, namespace }: Service): readonly Shard[] {
    const own = entries.get(host)?.get(namespace) ?? [];
    const external = endpointsOfEntries(own, host, { istiod, find });
    const target = kubeTarget(istiod, host, namespace);
    const shards: Shard[] = [
      { provider: 'External', cluster: istiod.cluster, endpoints: external, dropped: [] },
      ...(target === undefined ? [] : readers.map((reader) => reader(target))),
    ];
    return shards
      .filter(({ endpoints, dropped }) => endpoints.length > 0 || dropped.length > 0)
      .sort((a, b) => compareTexts(a.provider, b.provider) || compareTexts(a.cluster, b.cluster));
  }

  return (service) => remember(known, service, () => read(service));
}

/** Slices are named by service; they count for `name.namespace.svc.<domain>` and, with the flag, for `…clusterset.local`. */
function kubeTarget(istiod: IstiodSettings, host: string, namespace: string): KubeTarget | undefined {
  const domains = hasClusterSetHosts(istiod) ? [istiod.domain, clusterSetDomain] : [istiod.domain];
  for (const domain of domains) {
    const suffix = `.${namespace}.svc.${domain}`;
    const name = host.slice(0, -suffix.length);
    if (host.endsWith(suffix) && name !== '' && !name.includes('.')) return { host, namespace, name };
  }
  return undefined;
}

interface KubeSelection {
  readonly target: KubeTarget;
  readonly select: (namespace: string, selector: Readonly<Record<string, string>>) => readonly Workload[];
}

function kubernetesShard(
  { istiod, clusterSet }: ShardSources,
  registry: Registry,
  { target, select }: KubeSelection,
): Shard {
  const { cluster, index } = registry;
  const { host, namespace, name } = target;
  if (!registry.sees(namespace)) return { provider: 'Kubernetes', cluster, endpoints: [], dropped: [] };
  const isClusterSet = host.endsWith(`.${clusterSetDomain}`) && istiod.domain !== clusterSetDomain;
  const isImported = clusterSet.services.get(host)?.clusters.includes(cluster) === true;
  const core = index.services.get(namespace)?.get(name);
  const service = isClusterSet && !isImported ? undefined : core;
  const sameClusterOnly = clusterSet.isSameClusterOnly(host, registry, target);
  const { endpoints, dropped } = endpointsOfSlices({
    istiod,
    registry,
    namespace,
    name,
    service,
    core,
    sameClusterOnly,
  });
  const spec = fieldsOf(service?.spec);
  if (service === undefined || resolutionOf(spec) !== 'ClientSideLB') {
    return { provider: 'Kubernetes', cluster, endpoints, dropped };
  }
  const selected = select(namespace, stringsOf(spec.selector));
  const extra = portsOf(spec).flatMap((port) => selected.flatMap((workload) => endpointOfWorkload(workload, port)));
  return {
    provider: 'Kubernetes',
    cluster,
    endpoints: extra.length === 0 ? endpoints : [...endpoints, ...extra],
    dropped,
  };
}

/**
 * A WorkloadEntry behind a Kubernetes service: a named target port must be among the entry's ports, a numbered one may be
 * replaced by the entry's port of the service port's name (controller.go, serviceInstanceFromWorkloadInstance).
 */
function endpointOfWorkload({ endpoint, ports }: Workload, port: ServicePort): Endpoint[] {
  const { name, targetPort } = port;
  if (targetPort === undefined || targetPort === 0 || targetPort === '') {
    return [{ ...endpoint, portName: name, port: port.port }];
  }
  const own = ports.get(typeof targetPort === 'string' ? targetPort : name);
  const number = own ?? (typeof targetPort === 'string' ? undefined : targetPort);
  return number === undefined ? [] : [{ ...endpoint, portName: name, port: number }];
}
