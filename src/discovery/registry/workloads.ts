import { isJsonObject } from '../../base/json.ts';
import { remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { compareByAge } from '../values/config-object.ts';
import { stringsOf, textOf } from '../values/fields.ts';
import { createLabelIndex } from '../values/label-index.ts';
import { isInRevision, isOn } from '../values/mesh-config.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import { isReady, type Registry } from './registry.ts';
import { type Workload, workloadOfObject, workloadOfPod } from './workload.ts';

type Labels = Readonly<Record<string, string>>;

/** The workloads of a namespace that a selector chooses. */
export type WorkloadFinder = (namespace: string, selector: Labels) => readonly Workload[];

/** The Istio resources of a kind that istiod reads in one cluster, oldest first: of its revision, in namespaces that it sees. */
export function visibleObjects(istiod: IstiodSettings, registry: Registry, kind: string): readonly KubeObject[] {
  const visible = registry.index.objects(kind).filter((object) => {
    const namespace = textOf(object.metadata.namespace);
    return namespace !== '' && registry.sees(namespace) && isInRevision(istiod, stringsOf(object.metadata.labels));
  });
  return visible.sort(compareByAge);
}

/** The healthy WorkloadEntries of one cluster, by namespace. */
export function readWorkloadEntries(
  istiod: IstiodSettings,
  registry: Registry,
): ReadonlyMap<string, readonly Workload[]> {
  const readsRemote =
    isOn(istiod, 'PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES') &&
    isOn(istiod, 'PILOT_ENABLE_CROSS_CLUSTER_WORKLOAD_ENTRY');
  if (!registry.isConfig && !readsRemote) return new Map();
  const { cluster, networkOf, isConfig } = registry;
  const workloads = visibleObjects(istiod, registry, 'networking.istio.io/WorkloadEntry').flatMap((object) => {
    const place = isConfig ? { istiod, cluster } : { istiod, cluster, networkOf };
    const workload = isJsonObject(object.spec) ? workloadOfObject(object, place) : undefined;
    return workload === undefined ? [] : [workload];
  });
  return Map.groupBy(workloads, (workload) => workload.namespace);
}

/** What the Kubernetes services of one cluster may select: its own WorkloadEntries with an address. */
export function serviceWorkloads(
  istiod: IstiodSettings,
  entries: ReadonlyMap<string, readonly Workload[]>,
): WorkloadFinder {
  if (!isOn(istiod, 'PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES')) return () => [];
  const finder = finderOf((namespace) => (entries.get(namespace) ?? []).filter((workload) => !workload.dnsOnly));
  // A Service without selector selects nothing, a ServiceEntry without labels everything.
  return (namespace, selector) => (Object.keys(selector).length === 0 ? [] : finder(namespace, selector));
}

/**
 * What the ServiceEntries of the config cluster may select: its WorkloadEntries, and of every cluster the ready pods and
 * the WorkloadEntries with an address. istiod keys them by namespace and name alone: the config cluster's entries win,
 * else the one that was reported last, here that of the last cluster.
 */
export function serviceEntryWorkloads(
  istiod: IstiodSettings,
  registries: readonly Registry[],
  entriesByCluster: ReadonlyMap<string, ReadonlyMap<string, readonly Workload[]>>,
): WorkloadFinder {
  const selectsPods = isOn(istiod, 'PILOT_ENABLE_SERVICEENTRY_SELECT_PODS');
  return finderOf((namespace) => {
    const byName = new Map<string, Workload>();
    const put = (workloads: readonly Workload[]): void => {
      for (const workload of workloads) byName.set(workload.name, workload);
    };
    for (const registry of registries) {
      if (selectsPods && registry.sees(namespace)) put(readyPods(registry, namespace));
      if (!registry.isConfig)
        put((entriesByCluster.get(registry.cluster)?.get(namespace) ?? []).filter((workload) => !workload.dnsOnly));
    }
    put(entriesByCluster.get(istiod.cluster)?.get(namespace) ?? []);
    return [...byName.values()];
  });
}

function readyPods(registry: Registry, namespace: string): readonly Workload[] {
  const pods = registry.index.pods.get(namespace);
  if (pods === undefined) return [];
  return [...pods.values()]
    .filter(isReady)
    .map((object) => workloadOfPod(object, registry.register(object), registry.cluster));
}

/** Indexes the workloads of a namespace when it is first asked for. */
function finderOf(workloadsIn: (namespace: string) => readonly Workload[]): WorkloadFinder {
  const finders = new Map<string, (selector: Labels) => readonly Workload[]>();
  return (namespace, selector) => {
    const make = () => createLabelIndex(workloadsIn(namespace), (workload) => workload.endpoint.labels);
    return remember(finders, namespace, make)(selector);
  };
}
