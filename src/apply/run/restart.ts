import type { Clock } from '../../base/clock.ts';
import { isJsonObject, type Json, valueAt } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import { type KubeObject, type ObjectRef, refOf } from '../../objects/object.ts';

/** A change of it on a Deployment's pod template restarts its pods. */
const restartedAnnotation = 'isthmus.dev/restarted';

export interface RestartPorts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** As `kubectl rollout restart` does it: new pods first, then the old ones end. */
export async function restartDeployment(
  { client, clock, signal }: RestartPorts,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<void> {
  const annotations = { [restartedAnnotation]: new Date(clock.now()).toISOString() };
  await client.raw({
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
    contentType: 'application/merge-patch+json',
    body: { spec: { template: { metadata: { annotations } } } },
    signal,
  });
}

/**
 * Restarts a Deployment whose ServiceAccount is younger than its pods. A token is bound to the UID of its account
 * (Kubernetes pkg/serviceaccount/claims.go, Validate): once the account was deleted and recreated, no API server takes
 * the tokens of the pods that run, and an istiod goes on with what it knew. `before`: the metadata of an object when the
 * run began; from it alone follows nearly always that there is nothing to do.
 */
export async function restartOrphans(
  ports: RestartPorts,
  wanted: KubeObject,
  before: (ref: ObjectRef) => KubeObject | undefined,
): Promise<void> {
  const { client, signal } = ports;
  const { namespace, name } = wanted.metadata;
  const account = valueAt(wanted, ['spec', 'template', 'spec', 'serviceAccountName']);
  const running = before(refOf(wanted));
  if (running === undefined || namespace === undefined || typeof account !== 'string') return;
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: account };
  const known = before(ref);
  if (known !== undefined && madeAt(known) <= madeAt(running)) return;
  const labels = valueAt(wanted, ['spec', 'selector', 'matchLabels']);
  const [now, pods] = await Promise.all([
    client.get(ref, { signal }),
    client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: selectorOf(labels), signal }),
  ]);
  const isOrphan = (pod: KubeObject): boolean =>
    now !== undefined && pod.metadata.deletionTimestamp === undefined && madeAt(pod) < madeAt(now);
  if (pods.some(isOrphan)) await restartDeployment(ports, { namespace, name });
}

/** In milliseconds since the epoch, to the second. */
function madeAt({ metadata }: KubeObject): number {
  return Date.parse(String(metadata.creationTimestamp));
}

function selectorOf(labels: Json | undefined): string {
  return Object.entries(isJsonObject(labels) ? labels : {})
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(',');
}
