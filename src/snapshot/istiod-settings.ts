import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import { settingNames } from '../discovery/values/mesh-config.ts';
import type { IstiodSettings } from '../discovery/values/snapshot.ts';
import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import type { KubeObject } from '../objects/object.ts';
import { controlPlaneOf } from '../observe/control-plane.ts';
import { knownMeshConfig, knownMeshNetworks, parsed } from './redact-config.ts';
import { redacted } from './redacted.ts';

/** The facts of one cluster that say which istiods there are and what they read. */
export interface ControlPlaneFacts {
  readonly cluster: string;
  readonly namespaces: readonly KubeObject[];
  /** Deployments with the label `app: istiod`, of all namespaces. */
  readonly deployments: readonly KubeObject[];
  /** ConfigMaps named `istio` or `istio-REVISION`. */
  readonly configMaps: readonly KubeObject[];
  /** Secrets with the label of remote secrets; their values are never looked at. */
  readonly secrets: readonly KubeObject[];
}

const controlPlaneAnnotation = 'topology.istio.io/controlPlaneClusters';
/** What istiod calls its cluster where nobody says (pilot/pkg/features, CLUSTER_ID). */
const defaultClusterId = 'Kubernetes';

interface FoundIstiod {
  readonly runsIn: string;
  readonly deployment: KubeObject;
  readonly cluster: string;
  readonly namespace: string;
  readonly flags: Readonly<Record<string, string>>;
}

/** An istiod, and where its pods are. */
export interface PlacedIstiod {
  readonly settings: IstiodSettings;
  readonly podNamespace: string;
}

/** The istiods of a mesh with what each serves and reads; of several revisions in one cluster the default one. */
export function istiodsOf(clusters: readonly ControlPlaneFacts[]): readonly PlacedIstiod[] {
  const found = clusters
    .flatMap((facts) => facts.deployments.map((deployment) => istiodOf(facts.cluster, deployment)))
    .filter(isAtHome);
  const chosen = [...Map.groupBy(found, ({ cluster }) => cluster).values()].flatMap(
    (same) => same.toSorted((a, b) => rank(a) - rank(b) || compare(nameOf(a), nameOf(b)))[0] ?? [],
  );
  return chosen
    .toSorted((a, b) => compare(a.cluster, b.cluster))
    .map((istiod) => ({
      settings: settingsOf(istiod, chosen, clusters),
      podNamespace: istiod.deployment.metadata.namespace ?? istiod.namespace,
    }));
}

/** The namespace of a hosted istiod names its cluster: in it nothing counts for another one, and elsewhere nothing at all. */
function isAtHome({ cluster, deployment: { metadata } }: FoundIstiod): boolean {
  return metadata.namespace === istioNamespace || metadata.namespace === hostedNamespace(cluster);
}

function nameOf({ deployment }: FoundIstiod): string {
  return deployment.metadata.name;
}

/** An istiod that has no pods serves nobody; among the others the default revision comes first. */
function rank({ deployment, flags }: FoundIstiod): number {
  const hasPods = valueAt(deployment, ['spec', 'replicas']) !== 0;
  return (hasPods ? 0 : 2) + (['', 'default'].includes(flags.REVISION ?? '') ? 0 : 1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function istiodOf(runsIn: string, deployment: KubeObject): FoundIstiod {
  const flags = environmentOf(deployment);
  return {
    runsIn,
    deployment,
    flags,
    cluster: flags.CLUSTER_ID ?? defaultClusterId,
    namespace: flags.POD_NAMESPACE ?? deployment.metadata.namespace ?? istioNamespace,
  };
}

const knownNames = new Set(settingNames);

/**
 * Plain values only: what comes from fields or Secrets is no flag of istiod. Values that the model does not read may be
 * keys; their names stay, so that it can say what it does not know.
 */
function environmentOf(deployment: KubeObject): Readonly<Record<string, string>> {
  const containers = listOf(valueAt(deployment, ['spec', 'template', 'spec', 'containers']));
  const container = containers.find(({ name }) => name === 'discovery') ?? containers[0];
  return Object.fromEntries(
    listOf(container?.env).flatMap(({ name, value }) =>
      typeof name === 'string' && typeof value === 'string' ? [[name, knownNames.has(name) ? value : redacted]] : [],
    ),
  );
}

function settingsOf(
  istiod: FoundIstiod,
  all: readonly FoundIstiod[],
  clusters: readonly ControlPlaneFacts[],
): IstiodSettings {
  const { cluster, runsIn, namespace, flags, deployment } = istiod;
  const config = meshConfigOf(istiod, clusters);
  const { version } = controlPlaneOf(deployment);
  const withOwn = new Set(all.map((other) => other.cluster));
  const remotes = clusters.filter((other) => !withOwn.has(other.cluster) && isServedBy(cluster, other, namespace));
  return {
    cluster,
    ...(version === undefined ? {} : { version }),
    runsIn,
    serves: [cluster, ...remotes.map((other) => other.cluster)],
    remotes: remotesOf(istiod, clusters),
    flags,
    ...config,
    domain: domainOf(deployment),
    namespace,
  };
}

/** The remote says itself whose it is (kube/controller/multicluster.go, checkShouldLead). */
function isServedBy(primary: string, remote: ControlPlaneFacts, namespace: string): boolean {
  const system = remote.namespaces.find(({ metadata }) => metadata.name === namespace);
  const named = system?.metadata.annotations?.[controlPlaneAnnotation]?.split(',') ?? [];
  return named.includes(primary) || named.includes('*');
}

/** The keys of its remote secrets, oldest secret first; its own cluster is never a remote one. */
function remotesOf(
  { cluster, namespace, flags, runsIn }: FoundIstiod,
  clusters: readonly ControlPlaneFacts[],
): string[] {
  const isLocal = flags.LOCAL_CLUSTER_SECRET_WATCHER === 'true' && flags.EXTERNAL_ISTIOD === 'true';
  const home = clusters.find((facts) => facts.cluster === (isLocal ? runsIn : cluster));
  const secrets = (home?.secrets ?? []).filter(
    ({ metadata }) => metadata.namespace === namespace && metadata.labels?.[multiClusterLabel] === 'true',
  );
  const ordered = secrets.toSorted((a, b) => compare(ageOf(a), ageOf(b)) || compare(a.metadata.name, b.metadata.name));
  const keys = ordered.flatMap(({ data }) => (isJsonObject(data) ? Object.keys(data).sort() : []));
  return [...new Set(keys)].filter((key) => key !== cluster);
}

function ageOf({ metadata }: KubeObject): string {
  return typeof metadata.creationTimestamp === 'string' ? metadata.creationTimestamp : '';
}

/** The mounted ConfigMap goes first; without one istiod reads it from the cluster that it works for. */
function meshConfigOf(
  { cluster, runsIn, deployment, namespace, flags }: FoundIstiod,
  clusters: readonly ControlPlaneFacts[],
): Pick<IstiodSettings, 'meshConfig' | 'meshNetworks'> {
  const revision = flags.REVISION ?? '';
  const name = ['', 'default'].includes(revision) ? 'istio' : `istio-${revision}`;
  const at = (where: string, inNamespace: string): KubeObject | undefined =>
    clusters
      .find((facts) => facts.cluster === where)
      ?.configMaps.find(({ metadata }) => metadata.name === name && metadata.namespace === inNamespace);
  const configMap = at(runsIn, deployment.metadata.namespace ?? namespace) ?? at(cluster, namespace);
  const text = (key: string): JsonObject | undefined => {
    const found = valueAt(configMap, ['data', key]);
    return typeof found === 'string' ? parsed(found) : undefined;
  };
  return {
    meshConfig: knownMeshConfig(text('mesh')) ?? {},
    meshNetworks: knownMeshNetworks(text('meshNetworks')) ?? {},
  };
}

function domainOf(deployment: KubeObject): string {
  const containers = listOf(valueAt(deployment, ['spec', 'template', 'spec', 'containers']));
  const args = containers.flatMap(({ args: own }) => (Array.isArray(own) ? own : []));
  const index = args.indexOf('--domain');
  const value = index < 0 ? undefined : args[index + 1];
  const joined = args.find((arg) => typeof arg === 'string' && arg.startsWith('--domain='));
  if (typeof value === 'string') return value;
  return typeof joined === 'string' ? joined.slice('--domain='.length) : 'cluster.local';
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
