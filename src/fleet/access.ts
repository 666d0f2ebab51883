import { resolve } from 'node:path';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { decodeBase64Text } from '../base/base64.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { valueAt } from '../base/json.ts';
import type { ClusterAccess } from '../kube/access/access.ts';
import { accessOfContext } from '../kube/access/context.ts';
import { inClusterAccess } from '../kube/access/in-cluster.ts';
import { type Kubeconfig, loadKubeconfig, parseKubeconfig } from '../kube/access/kubeconfig.ts';
import type { KubeClient } from '../kube/client.ts';
import { connect } from '../kube/connect.ts';
import type { KubeObject } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { openedKubeconfig } from './kept-kubeconfig.ts';
import type { Connect, KubeconfigPorts } from './ports.ts';

/** The cluster whose Secrets hold kubeconfigs. */
export interface HomeCluster {
  readonly name: string;
  /** Its client, as soon as it is connected; rejects where it is not. */
  readonly client: () => Promise<KubeClient>;
}

/** Connects to clusters by their `spec.access`, reading each kubeconfig file once. */
export function createConnector(ports: KubeconfigPorts, home: HomeCluster): Connect {
  const files = new Map<string, Promise<Kubeconfig>>();
  const readFile = (path: string | undefined): Promise<Kubeconfig> => {
    const key = path ?? '';
    const reading = files.get(key) ?? readKubeconfig(ports, path);
    files.set(key, reading);
    return reading;
  };
  return async (cluster) => {
    const access = await accessOfCluster(cluster, { ports, home, readFile });
    return await connect(access, { ...ports, cluster: cluster.metadata.name });
  };
}

/** The kubeconfig of a file, else the user's. */
export function readKubeconfig(ports: KubeconfigPorts, path?: string): Promise<Kubeconfig> {
  const { environment, homeFolder, meshFolder = '.', trustKubeconfig } = ports;
  const named =
    path === undefined
      ? {}
      : ({
          path: resolve(
            meshFolder,
            path.replace(/^~(?=\/)/, () => homeFolder),
          ),
          pathIs: trustKubeconfig === true ? 'Trusted' : 'Untrusted',
        } as const);
  return loadKubeconfig({ environment, homeFolder, ...named });
}

interface AccessSources {
  readonly ports: KubeconfigPorts;
  readonly home: HomeCluster;
  readonly readFile: (path: string | undefined) => Promise<Kubeconfig>;
}

async function accessOfCluster(cluster: MeshCluster, { ports, home, readFile }: AccessSources): Promise<ClusterAccess> {
  const { name } = cluster.metadata;
  const { context = name, kubeconfig, secret, inCluster } = cluster.spec.access;
  if (secret !== undefined) return await accessOfSecret(name, secret, { ports, home });
  if (inCluster !== undefined) return await inClusterAccess(name, ports);
  return accessOfContext(await readFile(kubeconfig), name, context);
}

/** The current context of the kubeconfig in a Secret of the home cluster. */
async function accessOfSecret(
  cluster: string,
  name: string,
  { ports: { crypto }, home }: Pick<AccessSources, 'ports' | 'home'>,
): Promise<ClusterAccess> {
  if (cluster === home.name) {
    throw new IsthmusError(
      'invalid-config',
      `cluster ${cluster}: it is the home cluster, whose spec.access.secret would have to be read from itself`,
      { cluster, remedy: 'reach it by spec.access.context or spec.access.inCluster' },
    );
  }
  const secret = await readSecret(cluster, name, home);
  const where = describeSecret(name);
  try {
    const text = await openedKubeconfig(kubeconfigIn(secret, where), { crypto, home: await home.client(), where });
    return accessOfContext(parseKubeconfig(text, { name: where, policy: 'TextOnly' }), cluster);
  } catch (error) {
    throw aboutCluster(asIsthmusError(error), cluster);
  }
}

function describeSecret(name: string): string {
  return `Secret ${systemNamespace}/${name}`;
}

async function readSecret(cluster: string, name: string, home: HomeCluster): Promise<KubeObject> {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace: systemNamespace, name };
  let found: KubeObject | undefined;
  try {
    const client = await home.client();
    found = await client.get(ref);
  } catch (cause) {
    const { code, message, retry, remedy } = asIsthmusError(cause);
    throw new IsthmusError(code, `cluster ${cluster}: its ${describeSecret(name)} cannot be read: ${message}`, {
      cluster,
      cause,
      retry,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
  if (found !== undefined) return found;
  throw new IsthmusError(
    'not-found',
    `cluster ${cluster}: the home cluster ${home.name} has no ${describeSecret(name)}, which spec.access names`,
    { cluster, remedy: 'create the Secret with a kubeconfig in its key kubeconfig, or correct spec.access.secret' },
  );
}

/** Ours is `kubeconfig`; Cluster API writes `value` (https://cluster-api.sigs.k8s.io, "Kubeconfig secrets"). */
const kubeconfigKeys = ['kubeconfig', 'value'];

function kubeconfigIn(secret: KubeObject, where: string): string {
  const data = kubeconfigKeys.map((key) => valueAt(secret, ['data', key])).find((value) => typeof value === 'string');
  if (data === undefined) {
    throw new IsthmusError('invalid-kubeconfig', `${where} has neither the key kubeconfig nor the key value`, {
      remedy: 'put the kubeconfig under the key kubeconfig',
    });
  }
  const text = decodeBase64Text(String(data));
  if (text !== undefined) return text;
  throw new IsthmusError('invalid-kubeconfig', `the kubeconfig in ${where} is not a text`, {
    remedy: `write the kubeconfig into ${where} again`,
  });
}

/** The error with the cluster that it is about, where it names none yet: errors of a kubeconfig as a whole. */
export function aboutCluster(error: IsthmusError, cluster: string): IsthmusError {
  if (error.cluster !== undefined) return error;
  return new IsthmusError(error.code, `cluster ${cluster}: ${error.message}`, {
    cluster,
    cause: error,
    retry: error.retry,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  });
}
