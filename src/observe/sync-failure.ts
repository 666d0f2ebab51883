import { lastSyncFailure } from '../istio/sync-log.ts';
import type { IstiodPlace } from './istiod.ts';

/** Lines of istiod's log that are read: its watches log a failure every few seconds. */
const tailLines = 1_000;

/**
 * Why an istiod has not read peers, from its log. A log that nobody may read says nothing: that istiod has not read them
 * is known all the same.
 */
export async function readSyncFailures(
  { client, namespace }: IstiodPlace,
  { pod, peers }: { readonly pod: string; readonly peers: readonly string[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (peers.length === 0) return new Map();
  const log = await client
    .logs({ namespace, name: pod }, { container: 'discovery', tailLines, signal })
    .catch(() => undefined);
  signal.throwIfAborted();
  return new Map(
    peers.flatMap((peer): readonly [string, string][] => {
      const failure = log === undefined ? undefined : lastSyncFailure(log, peer);
      return failure === undefined ? [] : [[peer, failure]];
    }),
  );
}
