import { encodeBase64Text } from '../../src/base/base64.ts';
import { isJsonObject, type Json, valueAt } from '../../src/base/json.ts';
import { istioNamespace } from '../../src/istio/names.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { rolloutOf } from '../../src/observe/workload.ts';

/** What takes the place of a cluster's nodes and controllers until it is disposed of. */
export interface StandIn extends AsyncDisposable {
  /** It does nothing until the function is called that this gives. */
  pause(): () => void;
}

/**
 * Does what the missing nodes and controllers of a cluster would do about Istio: makes Deployments available, fills in
 * tokens, and lets istiod have a ready pod, whose certificate is someone else's so that nobody asks it for one.
 */
export function startStandIn(client: KubeClient): StandIn {
  const ending = new AbortController();
  let paused = Promise.resolve();
  const { signal } = ending;
  const follow = async (kind: { apiVersion: string; kind: string }, act: (object: KubeObject) => Promise<void>) => {
    for await (const event of client.watch(kind, { namespace: istioNamespace, signal })) {
      await paused;
      const objects = event.type === 'Listed' ? event.objects : event.type === 'Deleted' ? [] : [event.object];
      // An object that was taken away or changed meanwhile brings its own next event.
      await Promise.all(objects.map((object) => act(object).catch(() => undefined)));
    }
  };
  const work = Promise.allSettled([
    follow({ apiVersion: 'apps/v1', kind: 'Deployment' }, (object) => makeAvailable(client, object)),
    follow({ apiVersion: 'v1', kind: 'Secret' }, (object) => fillToken(client, object)),
  ]);
  return {
    pause() {
      const { promise, resolve } = Promise.withResolvers<void>();
      paused = promise;
      return resolve;
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await work;
    },
  };
}

const namespaced = { namespace: istioNamespace } as const;

/** Says that the pods of a Deployment run. */
export async function makeAvailable(client: KubeClient, deployment: KubeObject): Promise<void> {
  const { wanted, complete } = rolloutOf(deployment);
  if (complete) return;
  if (valueAt(deployment, ['spec', 'template', 'metadata', 'labels', 'app']) === 'istiod')
    await makePod(client, deployment);
  const { name, namespace, generation = 1 } = deployment.metadata;
  const counts = { replicas: wanted, updatedReplicas: wanted, readyReplicas: wanted, availableReplicas: wanted };
  await patch(client, `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/status`, {
    status: { observedGeneration: generation, ...counts },
  });
}

async function makePod(client: KubeClient, { metadata: { name } }: KubeObject): Promise<void> {
  const metadata = { name: `${name}-0`, ...namespaced, labels: { app: 'istiod' } };
  if ((await client.get({ apiVersion: 'v1', kind: 'Pod', ...namespaced, name: metadata.name })) !== undefined) return;
  const env = [{ name: 'PILOT_CERT_PROVIDER', value: 'kubernetes' }];
  const containers = [{ name: 'discovery', image: 'example/istiod', env }];
  const spec = { serviceAccountName: name, automountServiceAccountToken: false, containers };
  await client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
  await patch(client, `/api/v1/namespaces/${istioNamespace}/pods/${metadata.name}/status`, {
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });
}

async function fillToken(client: KubeClient, { type, data, metadata }: KubeObject): Promise<void> {
  if (type !== 'kubernetes.io/service-account-token' || (isJsonObject(data) && data.token !== undefined)) return;
  const filled = { token: encodeBase64Text('token'), 'ca.crt': encodeBase64Text('authority') };
  await patch(client, `/api/v1/namespaces/${istioNamespace}/secrets/${metadata.name}`, { data: filled });
}

async function patch(client: KubeClient, path: string, body: Json): Promise<void> {
  await client.raw({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
}
