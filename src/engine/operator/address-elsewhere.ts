import { IsthmusError } from '../../base/error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isLoopbackServer } from '../../kube/transport/proxy.ts';

/**
 * The URL by which other clusters reach an API server: the one that is given, or the kubeconfig's. Throws `usage` where the
 * latter leads back to whoever uses it, as those of clusters on this machine do.
 */
export function addressElsewhere({ cluster, server }: KubeClient, given: string | undefined): string {
  if (given !== undefined || !isLoopbackServer(server)) return given ?? server;
  throw new IsthmusError(
    'usage',
    `the kubeconfig reaches ${cluster} at ${server}, which leads nowhere from another cluster; nothing was changed`,
    { cluster, remedy: 'name the URL by which other clusters reach its API server' },
  );
}
