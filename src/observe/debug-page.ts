import { IsthmusError } from '../base/error.ts';
import { istiodDebugPort } from '../istio/debug.ts';
import type { KubeClient } from '../kube/client.ts';
import { getThroughPod } from '../kube/pod/http-over-forward.ts';

/** An istiod's pod, and one of its debug pages. */
export interface DebugPage {
  readonly namespace: string;
  readonly pod: string;
  /** `/debug/clusterz` */
  readonly path: string;
}

/** The body of a debug page of one istiod. An istiod whose debug interface is off has none of them. */
export async function readDebugPage(
  client: KubeClient,
  { namespace, pod, path }: DebugPage,
  signal: AbortSignal,
): Promise<string> {
  const { status, body } = await getThroughPod(client, { namespace, name: pod, port: istiodDebugPort, path, signal });
  if (status === 200) return body;
  const { cluster } = client;
  if (status === 404) {
    throw new IsthmusError(
      'unexpected-response',
      `istiod ${pod} of ${cluster} has no debug pages: its debug interface is turned off`,
      { cluster, remedy: 'take ENABLE_DEBUG_ON_HTTP=false out of the environment of istiod' },
    );
  }
  const isRefused = status === 401 || status === 403;
  throw new IsthmusError('unexpected-response', `istiod ${pod} of ${cluster} answers ${path} with status ${status}`, {
    cluster,
    remedy: isRefused
      ? 'have istiod answer questions that come from its own pod'
      : 'look at the log of istiod, and ask again',
  });
}
