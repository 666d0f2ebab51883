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

/** Whether any proxy of the cluster has its configuration from an istiod now; where nobody can be asked, none has. */
export async function servesProxies(reader: IstiodReader, cluster: ClusterName, signal: AbortSignal): Promise<boolean> {
  try {
    return (await reader.proxies()).some((proxy) => proxy.cluster === cluster);
  } catch (error) {
    signal.throwIfAborted();
    const { code } = asIsthmusError(error);
    if (code === 'port-forward-failed' || code === 'unexpected-response') return false;
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
