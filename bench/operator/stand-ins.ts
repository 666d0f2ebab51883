import { encodeBase64Text } from '../../src/base/base64.ts';
import { isJsonObject, type Json } from '../../src/base/json.ts';
import { istioNamespace } from '../../src/istio/names.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { requestToken } from '../../src/kube/token-request.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { rolloutOf } from '../../src/observe/workload.ts';

const tokenSeconds = 24 * 3600;

/** Takes the place of controllers and nodes: Deployments are available, and Secrets of accounts have tokens, until it is disposed of. */
export function startStandIns(clients: readonly KubeClient[]): AsyncDisposable {
  const ending = new AbortController();
  const { signal } = ending;
  const follow = async (client: KubeClient, kind: { apiVersion: string; kind: string }, act: Act): Promise<void> => {
    for await (const event of client.watch(kind, { namespace: istioNamespace, signal })) {
      const objects = event.type === 'Listed' ? event.objects : event.type === 'Deleted' ? [] : [event.object];
      // What changed meanwhile brings its own next event.
      await Promise.all(objects.map((object) => act(client, object).catch(() => undefined)));
    }
  };
  const work = Promise.allSettled(
    clients.flatMap((client) => [
      follow(client, { apiVersion: 'apps/v1', kind: 'Deployment' }, makeAvailable),
      follow(client, { apiVersion: 'v1', kind: 'Secret' }, fillToken),
    ]),
  );
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await work;
    },
  };
}

type Act = (client: KubeClient, object: KubeObject) => Promise<void>;

const makeAvailable: Act = async (client, deployment) => {
  const { wanted, complete } = rolloutOf(deployment);
  if (complete) return;
  const { name, namespace, generation = 1 } = deployment.metadata;
  const counts = { replicas: wanted, updatedReplicas: wanted, readyReplicas: wanted, availableReplicas: wanted };
  const status = { observedGeneration: generation, ...counts };
  await patch(client, `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/status`, { status });
};

const fillToken: Act = async (client, { type, data, metadata }) => {
  if (type !== 'kubernetes.io/service-account-token' || (isJsonObject(data) && data.token !== undefined)) return;
  const account = metadata.annotations?.['kubernetes.io/service-account.name'] ?? '';
  const signal = AbortSignal.timeout(30_000);
  const { token } = await requestToken(client, { namespace: istioNamespace, account, seconds: tokenSeconds, signal });
  const filled = {
    token: encodeBase64Text(token),
    'ca.crt': encodeBase64Text(client.certificateAuthority ?? ''),
    namespace: encodeBase64Text(istioNamespace),
  };
  await patch(client, `/api/v1/namespaces/${istioNamespace}/secrets/${metadata.name}`, { data: filled });
};

async function patch(client: KubeClient, path: string, body: Json): Promise<void> {
  await client.raw({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
}
