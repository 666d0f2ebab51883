import { asIsthmusError } from '../base/error.ts';
import { eastWestSelector, ingressSelector, istioNamespace } from '../istio/names.ts';
import { injectedBy, revisionLabel } from '../istio/revision.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { clusterNameAnnotation } from '../objects/ownership.ts';
import { readProxies } from './proxies.ts';

export interface RevisionUseQuery {
  /** The revisions that are asked about. */
  readonly revisions: readonly string[];
  /** Namespaces whose label this run changes. */
  readonly moving: readonly string[];
  readonly signal: AbortSignal;
}

/** What a revision's istiod still serves, as words; those that serve nothing are left out. */
export async function readRevisionUse(
  client: KubeClient,
  { revisions, moving, signal }: RevisionUseQuery,
): Promise<ReadonlyMap<string, string>> {
  if (revisions.length === 0) return new Map();
  const [namespaces, pods, webhooks] = await Promise.all([
    client.list({ apiVersion: 'v1', kind: 'Namespace' }, { content: 'Metadata', signal }),
    // A pod that has ended no longer needs an istiod.
    client.list(
      { apiVersion: 'v1', kind: 'Pod' },
      { content: 'Metadata', fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed', signal },
    ),
    client.list(
      { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
      { content: 'Metadata', labelSelector: tagLabel, signal },
    ),
  ]);
  const found = await Promise.all(
    revisions.map(async (revision) => {
      const own = pods.filter((pod) => isServedBy(pod, revision)).map(nameOf);
      const users = [
        ...namespaces
          .filter(({ metadata }) => injectedBy(metadata.labels) === revision && !moving.includes(metadata.name))
          .map(({ metadata }) => `namespace ${metadata.name}`),
        ...webhooks
          .filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision)
          .map(({ metadata }) => `revision tag ${metadata.labels?.[tagLabel]}`),
        ...own.map((name) => `pod ${name}`),
        ...(await connectedElsewhere(client, { revision, pods, signal })).map((proxy) => `proxy ${proxy}`),
      ];
      return [revision, users] as const;
    }),
  );
  return new Map(
    found.flatMap(([revision, users]) => (users.length === 0 ? [] : [[revision, wordsOf(revision, users)]])),
  );
}

/** `istioctl tag set` makes an injection webhook for each tag: namespaces may name the tag instead of the revision. */
const tagLabel = 'istio.io/tag';

function isServedBy(pod: KubeObject, revision: string): boolean {
  const { annotations, labels, namespace, deletionTimestamp } = pod.metadata;
  // The gateways of this mesh move with the control plane, in the same apply.
  if (namespace === istioNamespace && labels?.istio === eastWestSelector) return false;
  // An ingress gateway of another owner has the same label.
  const isOurs = annotations?.[clusterNameAnnotation] !== undefined;
  if (namespace === istioNamespace && labels?.istio === ingressSelector && isOurs) return false;
  return deletionTimestamp === undefined && annotations?.[revisionLabel] === revision;
}

function nameOf({ metadata: { namespace, name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

/**
 * Proxies that an istiod serves and that are no pods of this cluster: in clusters without an istiod of their own, and on
 * machines outside Kubernetes. An istiod that cannot be asked serves nobody.
 */
async function connectedElsewhere(
  client: KubeClient,
  {
    revision,
    pods,
    signal,
  }: { readonly revision: string; readonly pods: readonly KubeObject[]; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const here = new Set(pods.map(nameOf));
  const proxies = await readProxies({ client, namespace: istioNamespace }, revision, signal).catch((error) => {
    signal.throwIfAborted();
    if (asIsthmusError(error).code !== 'port-forward-failed') throw error;
    return [];
  });
  return [...new Set(proxies.map(({ namespace, name }) => `${namespace}/${name}`))].filter((one) => !here.has(one));
}

const shown = 5;

function wordsOf(revision: string, users: readonly string[]): string {
  const more = users.length > shown ? ` and ${users.length - shown} more` : '';
  return `revision ${revision} still serves ${users.slice(0, shown).join(', ')}${more}`;
}
