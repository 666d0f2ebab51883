import { textAt } from '../base/json.ts';
import { istiodName } from '../istio/names.ts';
import { revisionLabel } from '../istio/revision.ts';
import { type ConnectedProxy, parseSyncz, synczPath } from '../istio/syncz.ts';
import { conditionOf } from '../objects/pod-problem.ts';
import { readDebugPage } from './debug-page.ts';
import { type IstiodPlace, isReady } from './istiod.ts';

/** A running istiod and the proxies that take their configuration from it. */
export interface ServingIstiod {
  /** Since when it is ready, RFC 3339. */
  readonly readySince: string | undefined;
  readonly proxies: readonly ConnectedProxy[];
}

/** The istiods of a revision that are ready, and whom they serve, whatever cluster that is in. */
export async function readServing(
  { client, namespace }: IstiodPlace,
  revision: string,
  signal: AbortSignal,
): Promise<readonly ServingIstiod[]> {
  const pods = await client.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { namespace, labelSelector: `app=${istiodName},${revisionLabel}=${revision}`, signal },
  );
  return await Promise.all(
    pods.filter(isReady).map(async (pod) => {
      const { name } = pod.metadata;
      const page = await readDebugPage(client, { namespace, pod: name, path: synczPath }, signal);
      const readySince = textAt(conditionOf(pod, 'Ready'), ['lastTransitionTime']);
      return { readySince, proxies: parseSyncz(page) };
    }),
  );
}

/** The proxies that take their configuration from the istiods of a revision, whatever cluster they are in. */
export async function readProxies(
  place: IstiodPlace,
  revision: string,
  signal: AbortSignal,
): Promise<readonly ConnectedProxy[]> {
  return (await readServing(place, revision, signal)).flatMap(({ proxies }) => proxies);
}
