import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import type { JoinFacts, PortFact, ServiceFact } from '../diagnose/facts/join.ts';
import { isOfIstiods, networkLabel } from '../istio/names.ts';
import { parseRemoteSecret } from '../istio/remote-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import { describeRef, type KubeObject, refOf } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import { podRangesOf } from '../objects/pod-ranges.ts';
import { isIstiod } from '../remove/artefact.ts';
import { holdsFields } from '../remove/ownership.ts';

export interface FactsQuestion {
  /** RFC 3339: when the reading begins. */
  readonly readAt: string;
  readonly mesh: string;
  readonly network: string;
  /** Kubernetes' version. */
  readonly kubernetes: string;
  readonly signal: AbortSignal;
}

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

/** Reads what the clusters of a mesh must agree about: a few LISTs, nothing is written. */
export async function readFacts(client: KubeClient, question: FactsQuestion): Promise<JoinFacts> {
  const { readAt, mesh, network, kubernetes, signal } = question;
  const list = (apiVersion: string, kind: string): Promise<readonly KubeObject[]> =>
    client.list({ apiVersion, kind }, { signal });
  const [services, nodes, namespaces, secrets, ...workloads] = await Promise.all([
    list('v1', 'Service'),
    list('v1', 'Node'),
    list('v1', 'Namespace'),
    client.list({ apiVersion: 'v1', kind: 'Secret' }, { labelSelector: `${multiClusterLabel}=true`, signal }),
    ...workloadKinds.map((kind) => list('apps/v1', kind)),
  ]);
  const templates = workloads.flat();
  const isOurs = ({ metadata }: KubeObject): boolean => metadata.labels?.[meshLabel] === mesh;
  const istiods = [...services, ...templates].filter(isIstiod);
  const isForeign = (one: KubeObject): boolean =>
    !isOurs(one) && (one.metadata.labels?.[meshLabel] === undefined || istiods.some(isOurs));
  return {
    readAt,
    cluster: client.cluster,
    network,
    kubernetes,
    services: services
      .filter(({ metadata }) => isUsers(metadata.namespace ?? ''))
      .map((one) => serviceFact(one, templates)),
    podRanges: nodes.flatMap(podRangesOf),
    istio: istiods.flatMap((one) => imagesOf(one).flatMap((image) => /:([^:/@]+)(@.*)?$/.exec(image)?.[1] ?? [])),
    // That a whole control plane is another mesh's is a finding of its own, and nobody is to take it away.
    foreignIstio: istiods.filter(isForeign).map((one) => describeRef(refOf(one))),
    networkLabels: namespaces.flatMap((namespace) => {
      const label = namespace.metadata.labels?.[networkLabel];
      return label === undefined
        ? []
        : [{ namespace: namespace.metadata.name, network: label, ours: holdsFields(namespace) }];
    }),
    remotes: secrets.filter(isRead).flatMap((secret) =>
      parseRemoteSecret(secret).map((remote) => ({
        cluster: remote.cluster,
        secret: describeRef(refOf(secret)),
        server: remote.readable ? remote.server : undefined,
        ours: isOurs(secret),
      })),
    ),
  };
}

/** The Services that users have in a cluster, where nothing is known of what runs behind them. */
export function serviceFacts(objects: readonly KubeObject[]): readonly ServiceFact[] {
  return objects
    .filter(
      ({ apiVersion, kind, metadata }) =>
        apiVersion === 'v1' && kind === 'Service' && isUsers(metadata.namespace ?? ''),
    )
    .map((one) => serviceFact(one, []));
}

/** An istiod reads the remote secrets beside it; elsewhere one is just a Secret of somebody. */
function isRead({ metadata }: KubeObject): boolean {
  return isOfIstiods(metadata.namespace);
}

/** Kubernetes' own namespaces, Istio's and ours hold what every cluster has for itself. */
function isUsers(namespace: string): boolean {
  return !/^(kube-.+|istio-system|istio-operator|istiod-.+|isthmus-.+)$/.test(namespace);
}

function serviceFact(service: KubeObject, templates: readonly KubeObject[]): ServiceFact {
  const { name, namespace = '' } = service.metadata;
  const spec = isJsonObject(service.spec) ? service.spec : {};
  const selector = textsOf(spec.selector);
  const behind =
    Object.keys(selector).length === 0 ? [] : templates.filter((one) => isSelected(one, namespace, selector));
  const images = behind.flatMap(imagesOf).map((image) => image.replace(/@.*$/, '').replace(/:[^:/]+$/, ''));
  return {
    namespace,
    name,
    form: spec.type === 'ExternalName' ? 'ExternalName' : spec.clusterIP === 'None' ? 'Headless' : 'ClusterIP',
    ports: objectsIn(spec.ports).flatMap(portFact),
    selector,
    images: [...new Set(images)].toSorted(),
  };
}

function isSelected(workload: KubeObject, namespace: string, selector: Readonly<Record<string, string>>): boolean {
  if (workload.metadata.namespace !== namespace) return false;
  const labels = textsOf(valueAt(workload, ['spec', 'template', 'metadata', 'labels']));
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function portFact({ port, name, protocol, appProtocol }: JsonObject): readonly PortFact[] {
  if (typeof port !== 'number') return [];
  return [
    {
      number: port,
      name: typeof name === 'string' ? name : '',
      protocol: typeof protocol === 'string' ? protocol : 'TCP',
      appProtocol: typeof appProtocol === 'string' ? appProtocol : undefined,
    },
  ];
}

function imagesOf(workload: KubeObject): readonly string[] {
  const containers = valueAt(workload, ['spec', 'template', 'spec', 'containers']);
  return objectsIn(containers).flatMap(({ image }) => (typeof image === 'string' ? [image] : []));
}

function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textsOf(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
