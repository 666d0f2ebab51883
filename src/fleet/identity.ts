import { z } from 'zod';
import { mapConcurrent } from '../base/concurrency.ts';
import { IsthmusError } from '../base/error.ts';
import { isJsonObject, valueAt } from '../base/json.ts';
import type { CallOptions, KubeClient } from '../kube/client.ts';
import type { Right } from '../objects/right.ts';

/** What a cluster says about itself and about us. */
export interface Health {
  /** The API server's version, e.g. `v1.36.3`. */
  readonly version: string;
  /** The UID of the namespace kube-system: two names with the same one are the same cluster. Undefined where we may not read it. */
  readonly identity: string | undefined;
  /** Who we are there; undefined where the server does not say (before Kubernetes 1.28). */
  readonly user: string | undefined;
}

const versionInfo = z.looseObject({ gitVersion: z.string().min(1) });

/** Asks a cluster who it is and who we are, all at once. Fails where the cluster gives no answer at all. */
export async function readHealth(client: KubeClient, options: CallOptions = {}): Promise<Health> {
  const kubeSystem = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' };
  const [version, identity, user] = await Promise.all([
    readVersion(client, options),
    client.get(kubeSystem, options).then((namespace) => namespace?.metadata.uid, unlessDenied),
    readUser(client, options).catch(unlessDenied),
  ]);
  return { version, identity, user };
}

async function readVersion(client: KubeClient, options: CallOptions): Promise<string> {
  const parsed = versionInfo.safeParse(await client.raw({ ...options, method: 'GET', path: '/version' }));
  if (parsed.success) return parsed.data.gitVersion;
  const { cluster, server } = client;
  throw new IsthmusError('unexpected-response', `cluster ${cluster}: ${server} is not a Kubernetes API server`, {
    cluster,
    remedy: 'correct the server address in the kubeconfig',
  });
}

async function readUser(client: KubeClient, options: CallOptions): Promise<string | undefined> {
  const answer = await client.raw({
    ...options,
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  const name = valueAt(answer, ['status', 'userInfo', 'username']);
  return typeof name === 'string' ? name : undefined;
}

/** Health is read with the rights that there are: what we may not read stays unknown. */
function unlessDenied(error: unknown): undefined {
  if (error instanceof IsthmusError && (error.code === 'access-denied' || error.code === 'not-found')) return undefined;
  throw error;
}

/** Those of the rights that the cluster does not grant us, in the order given. */
export async function mayI(
  client: KubeClient,
  rights: readonly Right[],
  options: CallOptions = {},
): Promise<readonly Right[]> {
  const granted = await mapConcurrent(rights, rights.length, (right) => isGranted(client, right, options));
  return rights.filter((_, index) => granted[index] !== true);
}

async function isGranted(client: KubeClient, right: Right, options: CallOptions): Promise<boolean> {
  const [resource = '', subresource] = right.resource.split('/');
  const answer = await client.raw({
    ...options,
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: {
          verb: right.verb,
          group: right.group,
          resource,
          ...(subresource === undefined ? {} : { subresource }),
          ...(right.namespace === undefined ? {} : { namespace: right.namespace }),
        },
      },
    },
  });
  return isJsonObject(answer) && valueAt(answer, ['status', 'allowed']) === true;
}
