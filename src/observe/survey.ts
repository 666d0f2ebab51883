import { clusterName } from '../api/name.ts';
import { asIsthmusError } from '../base/error.ts';
import { objectsAt, textAt } from '../base/json.ts';
import type { InstalledIstiod } from '../istio/adoption.ts';
import { type InjectedNames, injectedNames } from '../istio/injection-path.ts';
import { hostedNamespace, istiodName, istioNamespace, networkLabel } from '../istio/names.ts';
import { controlPlaneClustersAnnotation } from '../istio/namespace.ts';
import { clusterAnnotation } from '../istio/remote-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import { podRangesOf } from '../objects/pod-ranges.ts';
import { readControlPlanes } from './control-plane.ts';
import { readIstiod } from './installed.ts';

/** What a cluster that may become part of a mesh says of itself; null for what could not be read. */
export interface Survey {
  readonly podRanges: readonly string[] | null;
  /** Of the label on istio-system. */
  readonly networkLabel: string | null | undefined;
  /** The clusters whose istiods may take charge of this one, as the annotation on istio-system names them; `*` is any. */
  readonly controlPlaneClusters: readonly string[] | null;
  /** The names that the webhook of another cluster's istiod gives to pods here; undefined where there is no such webhook. */
  readonly injectedAs: InjectedNames | null | undefined;
  readonly istiods: readonly SurveyedIstiod[] | null;
  /** The clusters for which an istiod of Isthmus runs here, each in a namespace of its own. */
  readonly hosts: readonly string[] | null;
  /** The clusters of remote secrets that Isthmus did not make. */
  readonly remotes: readonly string[] | null;
}

export interface SurveyedIstiod extends InstalledIstiod {
  /** The mesh of Isthmus that it is part of. */
  readonly heldBy: string | undefined;
}

/** Reads what a cluster says of its network and of the Istio in it, with the rights that there are. No Secret's content is read. */
export async function surveyCluster(client: KubeClient, signal: AbortSignal): Promise<Survey> {
  const [nodes, system, webhooks, istiods, hosted, secrets] = await Promise.all([
    orNull(client.list({ apiVersion: 'v1', kind: 'Node' }, { signal }), signal),
    orNull(readSystem(client, signal), signal),
    orNull(client.list(injector, { labelSelector: 'app=sidecar-injector', signal }), signal),
    orNull(readIstiods(client, signal), signal),
    orNull(client.list(deployments, { labelSelector: `app=${istiodName}`, content: 'Metadata', signal }), signal),
    orNull(
      client.list(
        { apiVersion: 'v1', kind: 'Secret' },
        { namespace: istioNamespace, labelSelector: `${multiClusterLabel}=true`, content: 'Metadata', signal },
      ),
      signal,
    ),
  ]);
  return {
    podRanges: nodes === null ? null : [...new Set(nodes.flatMap(podRangesOf))],
    networkLabel: system === null ? null : system?.metadata.labels?.[networkLabel],
    controlPlaneClusters: system === null ? null : controlPlaneClustersOf(system),
    injectedAs: webhooks === null ? null : webhooks.flatMap(pathsOf).flatMap((path) => injectedNames(path) ?? [])[0],
    istiods,
    hosts: hosted === null ? null : hosted.flatMap(hostedCluster).slice(0, mostControlPlanes),
    remotes:
      secrets === null
        ? null
        : secrets
            .filter(({ metadata }) => metadata.labels?.[meshLabel] === undefined)
            .map(({ metadata }) => metadata.annotations?.[clusterAnnotation] ?? metadata.name),
  };
}

const deployments = { apiVersion: 'apps/v1', kind: 'Deployment' } as const;

/** Names as long as Kubernetes takes may have been shortened. */
const mostInNamespace = 63;

/** The cluster that an istiod serves by its namespace (istio/hosted.ts); none of any other istiod, and of a name that was shortened. */
function hostedCluster({ metadata: { name, namespace = '', labels } }: KubeObject): readonly string[] {
  const start = hostedNamespace('');
  if (name !== istiodName || !namespace.startsWith(start) || labels?.[meshLabel] === undefined) return [];
  const served = clusterName.safeParse(namespace.slice(start.length));
  return served.success && namespace.length < mostInNamespace ? [served.data] : [];
}

/** Of names that anybody with rights on a namespace may write. */
const mostControlPlanes = 64;

const injector = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
} as const;

async function readSystem(client: KubeClient, signal: AbortSignal): Promise<KubeObject | undefined> {
  return await client.get({ apiVersion: 'v1', kind: 'Namespace', name: istioNamespace }, { signal });
}

function controlPlaneClustersOf(system: KubeObject | undefined): readonly string[] {
  const named = system?.metadata.annotations?.[controlPlaneClustersAnnotation] ?? '';
  return named
    .split(',')
    .filter((name) => name === '*' || clusterName.safeParse(name).success)
    .slice(0, mostControlPlanes);
}

/** Where the API server sends pods of a webhook: the path at a Service, or a URL. */
function pathsOf(configuration: KubeObject): readonly string[] {
  return objectsAt(configuration, ['webhooks']).flatMap(
    (webhook) => textAt(webhook, ['clientConfig', 'service', 'path']) ?? textAt(webhook, ['clientConfig', 'url']) ?? [],
  );
}

async function readIstiods(client: KubeClient, signal: AbortSignal): Promise<readonly SurveyedIstiod[]> {
  const planes = await readControlPlanes({ client, namespace: istioNamespace }, signal);
  return await Promise.all(
    planes.map(async (plane) => {
      const heldBy = plane.deployment.metadata.labels?.[meshLabel];
      return { ...(await readIstiod(client, plane, { mesh: heldBy ?? '', signal })), heldBy };
    }),
  );
}

/** What may not be read, or does not answer, stays unknown; the end of the whole is thrown. */
async function orNull<T>(reading: Promise<T>, signal: AbortSignal): Promise<T | null> {
  try {
    return await reading;
  } catch (thrown) {
    signal.throwIfAborted();
    if (asIsthmusError(thrown).code === 'internal') throw thrown;
    return null;
  }
}
