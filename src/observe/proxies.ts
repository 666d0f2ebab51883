import { istiodDebugPort } from '../istio/debug.ts';
import { istiodName } from '../istio/names.ts';
import { revisionLabel } from '../istio/revision.ts';
import { type ConnectedProxy, parseSyncz, synczPath } from '../istio/syncz.ts';
import { getThroughPod } from '../kube/pod/http-over-forward.ts';
import { type IstiodPlace, isReady } from './istiod.ts';

/** The proxies that take their configuration from the istiod of a revision, whatever cluster they are in. */
export async function readProxies(
  { client, namespace }: IstiodPlace,
  revision: string,
  signal: AbortSignal,
): Promise<readonly ConnectedProxy[]> {
  const pods = await client.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { namespace, labelSelector: `app=${istiodName},${revisionLabel}=${revision}`, signal },
  );
  const proxies = await Promise.all(
    pods.filter(isReady).map(async ({ metadata: { name } }) => {
      const answer = await getThroughPod(client, { namespace, name, port: istiodDebugPort, path: synczPath, signal });
      return parseSyncz(answer.body);
    }),
  );
  return proxies.flat();
}
