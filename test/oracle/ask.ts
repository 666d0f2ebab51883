import { type Json, valueAt } from '../../src/base/json.ts';
import type { Query } from '../../src/discovery/values/answer.ts';
import type { ProxyNode } from '../../src/discovery/values/model.ts';
import type { IstiodSettings } from '../../src/discovery/values/snapshot.ts';
import { appNamespaces, type Draft, type DraftCluster, type DraftPod, regions, systemNamespace } from './draft.ts';
import { entryHosts } from './entries.ts';
import { subsetLabels } from './traffic.ts';

/** One proxy and what it is asked about, at the istiod that serves it. */
export interface Asking {
  /** The istiod's own cluster. */
  readonly istiod: string;
  readonly proxy: ProxyNode;
  readonly queries: readonly Query[];
}

/** Proxies of every istiod with their questions. */
export function draftAskings(draft: Draft, istiods: readonly IstiodSettings[]): Asking[] {
  const { random } = draft;
  const count = random.int(12, 15);
  return Array.from({ length: count }, (_, index) => {
    const istiod = istiods[index % istiods.length] ?? random.pick(istiods);
    const cluster = random.pick(draft.clusters.filter(({ id }) => istiod.serves.includes(id)));
    const proxy = draftProxy(draft, cluster, index);
    return { istiod: istiod.cluster, proxy, queries: queries(draft, proxy) };
  });
}

function draftProxy(draft: Draft, cluster: DraftCluster, index: number): ProxyNode {
  const { random } = draft;
  const kind = random.pick(['pod', 'pod', 'pod', 'pod', 'free', 'router', 'router', 'machine']);
  if (kind === 'router') return routerProxy(draft, cluster, index);
  const machine = cluster.machines[random.int(0, cluster.machines.length - 1)];
  if (kind === 'machine' && machine !== undefined) return podProxy(draft, cluster, machine);
  const pod = cluster.pods[random.int(0, cluster.pods.length - 1)];
  return kind === 'pod' && pod !== undefined ? podProxy(draft, cluster, pod) : freeProxy(draft, cluster, index);
}

function podProxy(draft: Draft, cluster: DraftCluster, pod: DraftPod): ProxyNode {
  return {
    type: 'sidecar',
    cluster: cluster.id,
    namespace: pod.namespace,
    name: pod.name,
    network: proxyNetwork(draft, cluster),
    ips: [pod.ip],
    labels: pod.labels,
    view: view(draft, 0.03),
    node: pod.node,
    locality: '',
  };
}

/** A proxy that no registry knows: on a virtual machine, or one whose pod istiod has not seen yet. */
function freeProxy(draft: Draft, cluster: DraftCluster, index: number): ProxyNode {
  const { random } = draft;
  return {
    type: 'sidecar',
    cluster: cluster.id,
    namespace: random.pick([...appNamespaces, draft.rootNamespace]),
    name: `ghost-${index}`,
    network: proxyNetwork(draft, cluster),
    ips: proxyIps(draft, cluster),
    labels: random.pick([
      { app: random.pick(draft.services).app, version: 'v1' },
      { app: 'ghost', 'topology.istio.io/network': random.pick(draft.networks) },
      { app: 'ghost', 'topology.kubernetes.io/region': 'r2', 'topology.kubernetes.io/zone': 'z1' },
      {},
    ]),
    view: view(draft, 0.05),
    node: random.chance(0.5) ? random.pick(cluster.nodes).name : '',
    locality: random.pick(['', `${random.pick(regions)}/z1`, `${random.pick(regions)}/z2/s1`, 'r1']),
  };
}

function proxyIps(draft: Draft, cluster: DraftCluster): string[] {
  const { addresses } = cluster;
  switch (draft.random.pick(['v4', 'v4', 'v4', 'v4', 'v6', 'both'])) {
    case 'v6':
      return [addresses.podV6()];
    case 'both':
      return [addresses.pod(), addresses.podV6()];
    default:
      return [addresses.pod()];
  }
}

/** An east-west gateway. */
function routerProxy(draft: Draft, cluster: DraftCluster, index: number): ProxyNode {
  const { random } = draft;
  const network = proxyNetwork(draft, cluster);
  return {
    type: 'router',
    cluster: cluster.id,
    namespace: random.chance(0.9) ? systemNamespace : random.pick(appNamespaces),
    name: `eastwest-${index}`,
    network,
    ips: proxyIps(draft, cluster),
    labels: { istio: 'eastwestgateway', app: 'eastwest', 'topology.istio.io/network': network === '' ? 'n1' : network },
    view: random.chance(0.7) ? [network === '' ? 'n1' : network] : view(draft, 0.1),
    node: random.pick(cluster.nodes).name,
    locality: random.pick(['', 'r1/z1', 'r2/z2']),
  };
}

/** ISTIO_META_NETWORK: mostly the cluster's own, which the pod need not agree with. */
function proxyNetwork(draft: Draft, cluster: DraftCluster): string {
  if (draft.random.chance(0.75)) return cluster.network;
  return draft.random.pick(['', ...draft.networks]);
}

function view(draft: Draft, probability: number): string[] {
  const { random } = draft;
  if (!random.chance(probability)) return [];
  return [...new Set([random.pick(draft.networks), random.pick(draft.networks)])];
}

function queries(draft: Draft, proxy: ProxyNode): Query[] {
  const { random } = draft;
  const made = new Map<string, Query>();
  for (let tries = random.int(7, 10); tries > 0; tries -= 1) {
    const query = draftQuery(draft, proxy);
    made.set(JSON.stringify(query), query);
  }
  return [...made.values()];
}

/** The subsets of the rules that are for the host, as far as wildcards tell; now and then any other. */
function subsetOf(draft: Draft, host: string): string {
  const { random } = draft;
  if (!random.chance(0.35)) return '';
  if (random.chance(0.1)) return random.pick([...Object.keys(subsetLabels), 'nobody']);
  const names = draft.configClusters
    .flatMap(({ objects }) => objects)
    .filter(({ kind, spec }) => kind === 'DestinationRule' && isFor(valueAt(spec, ['host']), host))
    .flatMap(({ spec }) => valueAt(spec, ['subsets']) ?? [])
    .map((subset) => String(valueAt(subset, ['name'])));
  return names.length === 0 ? '' : random.pick(names);
}

function isFor(ruleHost: Json | undefined, host: string): boolean {
  const wanted = String(ruleHost);
  return wanted.startsWith('*') ? host.endsWith(wanted.slice(1)) : host === wanted || host.startsWith(`${wanted}.`);
}

function draftQuery(draft: Draft, proxy: ProxyNode): Query {
  const { random } = draft;
  const { host, ports } = target(draft);
  return {
    host,
    port: random.chance(0.02) ? 9999 : random.pick(ports),
    subset: subsetOf(draft, host),
    mode: proxy.type === 'router' && random.chance(0.6) ? 'sni-dnat' : 'outbound',
  };
}

interface Target {
  readonly host: string;
  readonly ports: readonly number[];
}

function target(draft: Draft): Target {
  const { random } = draft;
  if (random.chance(0.02)) return { host: 'nobody.shop.svc.cluster.local', ports: [80] };
  const entry = random.maybe(0.2, () => entryTarget(draft));
  if (entry !== undefined) return entry;
  const there = draft.services.filter(({ name, namespace }) =>
    draft.clusters.some(({ objects }) =>
      objects.some(
        ({ kind, metadata }) => kind === 'Service' && metadata.name === name && metadata.namespace === namespace,
      ),
    ),
  );
  const service = random.pick(there.length === 0 ? draft.services : there);
  const isSet = draft.flags.ENABLE_MCS_HOST === 'true' && random.chance(0.4);
  return {
    host: isSet ? service.host.replace('cluster.local', 'clusterset.local') : service.host,
    ports: service.ports.map(({ port }) => port),
  };
}

/** A host of a ServiceEntry that some istiod reads. */
function entryTarget(draft: Draft): Target | undefined {
  const { random } = draft;
  const entries = draft.configClusters.flatMap(({ objects }) => objects.filter(({ kind }) => kind === 'ServiceEntry'));
  const entry = entries[random.int(0, entries.length - 1)];
  if (entry === undefined) return random.chance(0.1) ? { host: random.pick(entryHosts), ports: [443] } : undefined;
  const hosts = valueAt(entry.spec, ['hosts']);
  const ports = valueAt(entry.spec, ['ports']);
  return {
    host: Array.isArray(hosts) ? String(random.pick(hosts)) : random.pick(entryHosts),
    ports: Array.isArray(ports) ? ports.map((port: Json) => Number(valueAt(port, ['number']))) : [443],
  };
}
