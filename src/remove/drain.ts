import type { ClusterName } from '../api/name.ts';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, endedBy, goOnWaiting, IsthmusError } from '../base/error.ts';
import { endpointShardsPath, servicesWithEndpointsIn } from '../istio/endpoint-shards.ts';
import type { KubeClient } from '../kube/client.ts';
import { readDebugPage } from '../observe/debug-page.ts';
import { type IstiodPlace, istiodPlace, readIstiods } from '../observe/istiod.ts';
import { istiodHost, type Topology } from '../topology/topology.ts';
import type { RemovalReporter } from './events.ts';

export interface DrainOptions {
  /** The cluster that leaves; its remote secrets are gone by now. */
  readonly leaving: ClusterName;
  readonly topology: Topology;
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly report: RemovalReporter;
}

const pollMs = 250;

/**
 * Waits until no istiod that serves another cluster knows the leaving one or an endpoint in it: from then on no proxy
 * hears of it again. Throws `timeout` with what an istiod still knows.
 */
export async function awaitForgotten(options: DrainOptions): Promise<void> {
  const { leaving, topology, clients } = options;
  const places = new Map<string, { readonly host: ClusterName; readonly place: IstiodPlace }>();
  for (const cluster of topology.clusters) {
    const host = istiodHost(cluster);
    // An istiod in the leaving cluster goes with it; one that serves nobody else does not matter.
    if (cluster.name === leaving || host === leaving) continue;
    const place = istiodPlace(cluster, (name) => clients.get(name));
    if (place !== undefined) places.set(`${host}/${place.namespace}`, { host, place });
  }
  await Promise.all([...places.values()].map(({ host, place }) => forgottenBy(host, place, options)));
}

async function forgottenBy(host: ClusterName, place: IstiodPlace, options: DrainOptions): Promise<void> {
  const { leaving, clock, signal, deadline, report } = options;
  let said = false;
  for (;;) {
    const known = await lookOrRetry(place, options);
    if (known === '') break;
    if (!said) report({ type: 'Waiting', cluster: host, details: { what: `istiod to forget ${leaving} (${known})` } });
    said = true;
    if (clock.monotonic() >= deadline) {
      throw new IsthmusError('timeout', `istiod in ${host} still knows ${leaving}: ${known}`, {
        cluster: host,
        remedy: goOnWaiting,
      });
    }
    await clock.sleep(pollMs, signal).catch(() => {
      throw endedBy(signal, `waiting until istiod in ${host} has forgotten ${leaving}`, { cluster: host });
    });
  }
  report({ type: 'Forgotten', cluster: host, details: { removed: leaving } });
}

/** A connection into a pod may break; that is a state to look at again. */
async function lookOrRetry(place: IstiodPlace, options: DrainOptions): Promise<string> {
  try {
    return await stillKnown(place, options);
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    if (error.retry || error.code === 'port-forward-failed') return error.message;
    throw error;
  }
}

/** What the istiods of a place still know of the leaving cluster; the empty text means nothing. */
async function stillKnown(
  place: IstiodPlace,
  { leaving, signal }: Pick<DrainOptions, 'leaving' | 'signal'>,
): Promise<string> {
  for (const { pod, clusters } of await readIstiods(place, signal)) {
    const found = clusters.find(({ cluster }) => cluster === leaving);
    if (found !== undefined) return `${pod} lists it as ${found.status}`;
    const { client, namespace } = place;
    const page = await readDebugPage(client, { namespace, pod, path: endpointShardsPath }, signal);
    const [service, ...others] = servicesWithEndpointsIn(leaving, page);
    if (service !== undefined) return `${pod} has endpoints of ${others.length + 1} services there, such as ${service}`;
  }
  return '';
}
