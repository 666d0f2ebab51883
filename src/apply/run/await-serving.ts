import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError } from '../../base/error.ts';
import { istiodPorts } from '../../istio/names.ts';
import type { ConnectedProxy } from '../../istio/syncz.ts';
import type { IstiodPlace } from '../../observe/istiod.ts';
import { type PresentedByIstiod, readIstiodCertificates } from '../../observe/istiod-certificate.ts';
import { readProxies } from '../../observe/proxies.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import { poll, type Wait } from './await-ready.ts';

/** What can be asked of the istiods of a cluster. */
export interface IstiodReader {
  /** The proxies, of whatever cluster, that have their configuration from them. */
  readonly proxies: () => Promise<readonly ConnectedProxy[]>;
  /** What they present on the port where proxies get configuration and certificates: signed by the CA that signs for these. */
  readonly certificates: () => Promise<readonly PresentedByIstiod[]>;
}

export function istiodReader(place: IstiodPlace, { revision }: ClusterTopology, signal: AbortSignal): IstiodReader {
  return {
    proxies: async () => await readProxies(place, revision, signal),
    certificates: async () => await readIstiodCertificates(place, signal, istiodPorts.discovery),
  };
}

/** The proxies that have their configuration from an istiod now, of whatever cluster; where nobody can be asked, there are none. */
export async function servedProxies(reader: IstiodReader, signal: AbortSignal): Promise<readonly ConnectedProxy[]> {
  try {
    return await reader.proxies();
  } catch (error) {
    signal.throwIfAborted();
    const { code } = asIsthmusError(error);
    if (code === 'port-forward-failed' || code === 'unexpected-response') return [];
    throw error;
  }
}

/**
 * Waits until the istiods of a cluster serve, and not merely run: each of them answers with a certificate where proxies come to
 * it, and where it had proxies before, one of the cluster's has come back and got its configuration.
 */
export async function awaitServing(
  wait: Wait,
  reader: IstiodReader,
  { cluster, hadProxies }: { readonly cluster: ClusterName; readonly hadProxies: boolean },
): Promise<void> {
  await poll(wait, 'its istiod gives proxies their configuration and certificates', async () => {
    const istiods = await reader.certificates();
    if (istiods.length === 0) return 'no istiod is ready';
    if (!hadProxies || (await reader.proxies()).some((proxy) => proxy.cluster === cluster)) return '';
    return `no proxy of ${cluster} has come back to it yet`;
  });
}

/**
 * How long a proxy may take to come back to an istiod that was replaced, in milliseconds: Envoy's pauses between attempts
 * grow to 30 s (`RetryMaxDelayMs` of its SubscriptionFactory), and then it has to connect.
 */
const comeBackMs = 45_000;

/**
 * Waits until the proxies that the istiod of a cluster had before are connected again, also those of other clusters that it
 * serves. Until then each of them sends to the endpoints that it knew, and loses requests where those pods are restarted. One
 * that stays away for longer is named and fails nothing: it may have ended. As many of a cluster as before are enough, because
 * a pod that was replaced has another name. Gives what to say of those that stayed away, or the empty text.
 */
export async function awaitProxies(
  wait: Wait,
  reader: IstiodReader,
  { cluster, had }: { readonly cluster: ClusterName; readonly had: readonly ConnectedProxy[] },
): Promise<string> {
  let missing = had;
  const limited = { ...wait, limitMs: Math.min(wait.limitMs, comeBackMs) };
  try {
    await poll(limited, `the proxies of the istiod of ${cluster} have come back to it`, async () => {
      missing = missingAmong(had, await reader.proxies());
      return missing.length === 0 ? '' : `${missing.length} of ${had.length} are not connected`;
    });
  } catch (error) {
    if (asIsthmusError(error).code !== 'timeout') throw error;
  }
  return missing.length === 0 ? '' : awayText(missing.map((proxy) => nameOf(proxy, cluster)));
}

/** Those of before that are not there now, of clusters that have fewer now. */
function missingAmong(had: readonly ConnectedProxy[], now: readonly ConnectedProxy[]): readonly ConnectedProxy[] {
  return [...new Set(had.map(({ cluster }) => cluster))].flatMap((cluster) => {
    const [before, after] = [had, now].map((proxies) => proxies.filter((proxy) => proxy.cluster === cluster));
    if (before === undefined || after === undefined || after.length >= before.length) return [];
    const names = new Set(after.map((proxy) => nameOf(proxy)));
    return before.filter((proxy) => !names.has(nameOf(proxy)));
  });
}

const namedAway = 5;

function awayText(missing: readonly string[]): string {
  const more = missing.length > namedAway ? ` and ${missing.length - namedAway} more` : '';
  const names = `${missing.slice(0, namedAway).join(', ')}${more}`;
  return `not connected to the changed istiod: ${names}; they send to the endpoints that they knew: restart no pod that they call before they are connected`;
}

/** `shop/web-7d9f`, with its cluster where it is not this one: `south: shop/web-7d9f`. */
function nameOf({ cluster, namespace, name }: ConnectedProxy, own: string = cluster): string {
  return `${cluster === own ? '' : `${cluster}: `}${namespace}/${name}`;
}
