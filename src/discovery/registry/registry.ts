import { parse } from 'yaml';
import { isJsonObject, type Json } from '../../base/json.ts';
import { remember } from '../../base/memo.ts';
import { type LabelSelector, parseLabelSelector } from '../../objects/label-selector.ts';
import type { KubeObject } from '../../objects/object.ts';
import type { ClusterIndex } from '../values/cluster-index.ts';
import { fieldsOf, objectsOf, stringsOf, textOf } from '../values/fields.ts';
import { augmentLabels, localityOfLabels, localityOfNode, networkLabel } from '../values/locality.ts';
import { defaultTrustDomain, revisionOf, spiffeId, trustDomainOf } from '../values/mesh-config.ts';
import type { ProxyPod } from '../values/model.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import { createNetworkLookup, type MeshNetwork, type NetworkLookup } from './mesh-networks.ts';

/** A pod as istiod's registry reads it: what all its endpoints have in common. */
export interface RegisteredPod extends ProxyPod {
  readonly namespace: string;
  readonly name: string;
  readonly network: string;
  readonly tlsMode: string;
  readonly serviceAccount: string;
}

/** One cluster as one istiod reads it (pilot/pkg/serviceregistry/kube/controller). */
export interface Registry {
  readonly cluster: string;
  /** True for the cluster that istiod takes its Istio configuration from. */
  readonly isConfig: boolean;
  readonly index: ClusterIndex;
  readonly trustDomain: string;
  /** False for namespaces that discoverySelectors leave out. */
  sees(namespace: string): boolean;
  readonly networkOf: NetworkLookup;
  register(pod: KubeObject): RegisteredPod;
  /** What stands for the pod of an address that has none. */
  readonly podless: RegisteredPod;
  /** The ready pod of a namespace that has an address. */
  readyPodAt(namespace: string, ip: string): KubeObject | undefined;
}

export interface RegistrySources {
  readonly indexes: ReadonlyMap<string, ClusterIndex>;
  readonly networks: readonly MeshNetwork[];
  /** Every istiod that is known: what is in the ConfigMap of its cluster is among its settings. */
  readonly istiods: readonly IstiodSettings[];
}

/** The registries in istiod's order: its config cluster, then the remotes as they were added. */
export function createRegistries(istiod: IstiodSettings, sources: RegistrySources): readonly Registry[] {
  const clusters = new Set([istiod.cluster, ...istiod.remotes]);
  return [...clusters].flatMap((cluster) => {
    const index = sources.indexes.get(cluster);
    return index === undefined ? [] : [createRegistry(istiod, index, sources)];
  });
}

function createRegistry(istiod: IstiodSettings, index: ClusterIndex, sources: RegistrySources): Registry {
  const { cluster } = index;
  const isConfig = cluster === istiod.cluster;
  const systemNamespace = index.namespaces.get(istiod.namespace);
  const systemNetwork = stringsOf(systemNamespace?.metadata.labels)[networkLabel] ?? '';
  const networkOf = createNetworkLookup(cluster, systemNetwork, sources.networks);
  const trustDomain = isConfig ? trustDomainOf(istiod) : remoteTrustDomain(istiod, index, sources.istiods);
  const selected = selectedNamespaces(istiod, index);
  const registered = new Map<KubeObject, RegisteredPod>();
  const podsByIp = new Map<string, ReadonlyMap<string, KubeObject>>();
  return {
    cluster,
    isConfig,
    index,
    podless: podlessIn(cluster, networkOf('')),
    trustDomain,
    networkOf,
    sees: (namespace) => selected === undefined || selected.has(namespace),
    register: (pod) => remember(registered, pod, () => registerPod(pod, { index, trustDomain, networkOf })),
    readyPodAt: (namespace, ip) => remember(podsByIp, namespace, () => readyPodsByIp(index, namespace)).get(ip),
  };
}

/**
 * The namespaces that discoverySelectors choose, undefined for all: those of the istiod's own MeshConfig hold in remote
 * clusters too. A selector that istiod cannot read switches all of them off (pkg/kube/namespace/filter.go).
 */
function selectedNamespaces(istiod: IstiodSettings, index: ClusterIndex): ReadonlySet<string> | undefined {
  const declared = istiod.meshConfig.discoverySelectors;
  if (!Array.isArray(declared) || declared.length === 0) return undefined;
  const selectors: LabelSelector[] = [];
  for (const value of declared as readonly Json[]) {
    const selector = parseLabelSelector(value);
    if (selector === undefined) return undefined;
    selectors.push(selector);
  }
  const selected = new Set<string>();
  for (const [name, namespace] of index.namespaces) {
    const labels = stringsOf(namespace.metadata.labels);
    if (selectors.some((selector) => selector(labels))) selected.add(name);
  }
  return selected;
}

/**
 * Pods of a remote cluster have the trust domain of that cluster's own `istio` ConfigMap, and the default where it is
 * missing, whatever istiod's own mesh has (trap T22).
 */
function remoteTrustDomain(istiod: IstiodSettings, index: ClusterIndex, istiods: readonly IstiodSettings[]): string {
  const revision = revisionOf(istiod);
  const name = revision === '' || revision === 'default' ? 'istio' : `istio-${revision}`;
  const configMap = index.configMaps.get(istiod.namespace)?.get(name);
  const settings = istiods.find(({ cluster }) => cluster === index.cluster)?.meshConfig;
  const meshConfig = configMap === undefined ? settings : parseYaml(textOf(fieldsOf(configMap.data).mesh));
  if (!isJsonObject(meshConfig) || meshConfig.trustDomain === undefined) return defaultTrustDomain;
  return textOf(meshConfig.trustDomain) || trustDomainOf(istiod);
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { prettyErrors: false, logLevel: 'error' });
  } catch {
    return undefined;
  }
}

type PodContext = Pick<Registry, 'index' | 'trustDomain' | 'networkOf'>;

function registerPod(pod: KubeObject, { index, trustDomain, networkOf }: PodContext): RegisteredPod {
  const labels = stringsOf(pod.metadata.labels);
  const spec = fieldsOf(pod.spec);
  const node = textOf(spec.nodeName);
  const nodeObject = index.nodes.get(node);
  const locality = localityOfLabels(labels) || (nodeObject === undefined ? '' : localityOfNode(nodeObject));
  const network = labels[networkLabel] || networkOf(textOf(fieldsOf(pod.status).podIP));
  const namespace = textOf(pod.metadata.namespace);
  return {
    namespace,
    name: pod.metadata.name,
    labels: augmentLabels(labels, { cluster: index.cluster, locality, node, network }),
    locality,
    node,
    network,
    tlsMode: tlsModeOf(labels) ?? 'disabled',
    serviceAccount: spiffeId(trustDomain, namespace, textOf(spec.serviceAccountName)),
  };
}

function podlessIn(cluster: string, network: string): RegisteredPod {
  return {
    namespace: '',
    name: '',
    labels: augmentLabels({}, { cluster, locality: '', node: '', network }),
    locality: '',
    node: '',
    network,
    tlsMode: 'disabled',
    serviceAccount: '',
  };
}

/** `security.istio.io/tlsMode` as it stands there. */
export function tlsModeOf(labels: Readonly<Record<string, string>>): string | undefined {
  return labels['security.istio.io/tlsMode'];
}

/** Pods that share an address (host network) are a guess for istiod; here the first by name stands for it. */
function readyPodsByIp(index: ClusterIndex, namespace: string): ReadonlyMap<string, KubeObject> {
  const pods = new Map<string, KubeObject>();
  for (const pod of index.pods.get(namespace)?.values() ?? []) {
    if (!isReady(pod)) continue;
    const ip = textOf(fieldsOf(pod.status).podIP);
    const known = pods.get(ip);
    if (known === undefined || pod.metadata.name < known.metadata.name) pods.set(ip, pod);
  }
  return pods;
}

/** Running or about to, with an address, not being deleted, ready (pod.go, shouldPodBeInEndpoints and IsPodReady). */
export function isReady(pod: KubeObject): boolean {
  const status = fieldsOf(pod.status);
  if (status.phase === 'Failed' || status.phase === 'Succeeded' || textOf(status.podIP) === '') return false;
  if (typeof pod.metadata.deletionTimestamp === 'string') return false;
  return objectsOf(status.conditions).find((condition) => condition.type === 'Ready')?.status === 'True';
}
