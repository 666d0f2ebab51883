import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { IsthmusError } from '../../base/error.ts';
import { type ClusterAccess, type Environment, fileProblem } from './access.ts';

/** Where a pod finds its service account's token and the cluster's certificate authority. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterOptions {
  readonly environment: Environment;
  /** For tests; default the folder where Kubernetes mounts the service account. */
  readonly folder?: string;
}

/** The access of the pod we run in; `invalid-kubeconfig` where we do not run in a pod. */
export async function inClusterAccess(cluster: string, options: InClusterOptions): Promise<ClusterAccess> {
  const folder = options.folder ?? serviceAccountFolder;
  const host = options.environment.KUBERNETES_SERVICE_HOST;
  const port = options.environment.KUBERNETES_SERVICE_PORT ?? '443';
  const token = join(folder, 'token');
  const problem = host === undefined || host === '' ? 'KUBERNETES_SERVICE_HOST is not set' : await unreadable(token);
  if (host === undefined || problem !== undefined) {
    throw new IsthmusError('invalid-kubeconfig', `cluster ${cluster}: this is not a pod of a cluster: ${problem}`, {
      cluster,
      remedy: 'give a kubeconfig outside a cluster; inside one, let the pod mount its service account token',
    });
  }
  return {
    origin: "the pod's service account",
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    authority: { kind: 'File', path: join(folder, 'ca.crt') },
    tlsServerName: undefined,
    skipVerification: false,
    proxy: undefined,
    certificate: undefined,
    privateKey: undefined,
    token: { kind: 'File', path: token },
    exec: undefined,
    impersonate: undefined,
  };
}

async function unreadable(path: string): Promise<string | undefined> {
  try {
    await readFile(path);
    return undefined;
  } catch (error) {
    return `${path}: ${fileProblem(error)}`;
  }
}
