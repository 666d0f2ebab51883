import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { istiodPlace } from '../observe/istiod.ts';
import { readEnvoyClusters, readSentEndpoints } from '../observe/proxy-endpoints.ts';
import type { WebCrypto } from '../pki/environment.ts';
import {
  compareLive,
  type LiveEnvoyCluster,
  type LiveResult,
  type LiveVerdict,
} from '../predict/live/configuration.ts';
import type { Trace } from '../predict/request/trace.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { type LiveRequest, liveRequest } from './live-request.ts';
import { splitFleet } from './mesh-fleet.ts';

/** A trace held against the real istiod and the real Envoy. */
export interface LiveComparison {
  readonly destinations: readonly LiveResult[];
  /** Null where none was sent; the notes say why. */
  readonly request: LiveRequest | null;
  /** What could not be asked, and why: sentences. */
  readonly notes: readonly string[];
  /** True where everything that could be asked is as predicted. */
  readonly agrees: boolean;
}

export interface LiveSource {
  readonly mesh: ResolvedMesh;
  readonly fleet: Fleet;
  /** What the prediction was made from. */
  readonly snapshot: Snapshot;
  readonly crypto: Pick<WebCrypto, 'randomUUID'>;
  readonly signal: AbortSignal;
  /** One request of the caller shows what becomes of it. */
  readonly sendsRequest: boolean;
}

/** Asks the istiod that serves the caller and the caller's Envoy about every destination of a trace. */
export async function compareWithLive(trace: Trace, source: LiveSource): Promise<LiveComparison> {
  const notes: string[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (thrown) {
      source.signal.throwIfAborted();
      notes.push(`${asIsthmusError(thrown).message}.`);
      return undefined;
    }
  };
  const [sent, held] = await Promise.all([
    attempt(async () => await sentTo(trace, source)),
    attempt(async () => await heldBy(trace, source)),
  ]);
  const request = await sentRequest(trace, source, held);
  if ('why' in request) notes.push(`No request was sent: ${request.why}.`);
  const isNamed = (ip: string): boolean => isInSnapshot(source.snapshot, ip);
  const destinations = trace.destinations
    .filter(({ endpoints, effective }) => endpoints.length + effective.length > 0)
    .map((destination) => compareLive(destination, liveEnvoyCluster(destination.envoyCluster, sent, held), isNamed));
  return {
    destinations,
    request: 'why' in request ? null : request,
    notes,
    agrees:
      destinations.every(({ verdict }) => !differing.has(verdict)) &&
      ('why' in request || request.verdict === 'AsPredicted'),
  };
}

const differing: ReadonlySet<LiveVerdict> = new Set(['ModelDefect', 'EarlierState', 'StaleProxy']);

/** True where any object, or any setting of an istiod, has the address. */
function isInSnapshot({ clusters, istiods, resolutions }: Snapshot, ip: string): boolean {
  const has = (value: unknown): boolean => JSON.stringify(value ?? null).includes(`"${ip}"`);
  return has(istiods) || has(resolutions) || clusters.some(({ objects }) => objects.some(has));
}

async function sentRequest(
  trace: Trace,
  { fleet, crypto, signal, sendsRequest }: LiveSource,
  before: Held | undefined,
): Promise<LiveRequest | { readonly why: string }> {
  return sendsRequest ? await liveRequest(trace, { fleet, crypto, signal, before }) : { why: 'none was asked for' };
}

type Sent = Awaited<ReturnType<typeof readSentEndpoints>>;
type Held = Awaited<ReturnType<typeof readEnvoyClusters>>;

async function sentTo(trace: Trace, { mesh, fleet, signal }: LiveSource): Promise<Sent> {
  const { from } = trace;
  const topology = mesh.topology.clusters.find(({ name }) => name === from.cluster);
  const { clients } = splitFleet(fleet);
  const place = topology === undefined ? undefined : istiodPlace(topology, (name) => clients.get(name));
  if (place === undefined) {
    throw new IsthmusError('cluster-unreachable', `the istiod that serves ${from.cluster} cannot be asked`);
  }
  const sent = await readSentEndpoints(place, { namespace: from.namespace, name: from.pod }, signal);
  if (sent !== undefined) return sent;
  throw new IsthmusError(
    'not-found',
    `no istiod in ${place.client.cluster} is connected to ${from.namespace}/${from.pod}`,
  );
}

async function heldBy({ from }: Trace, { fleet, signal }: LiveSource): Promise<Held> {
  return await readEnvoyClusters(fleet.client(from.cluster), { namespace: from.namespace, name: from.pod }, signal);
}

function liveEnvoyCluster(name: string, sent: Sent, held: Held | undefined): LiveEnvoyCluster {
  const hosts = held?.find((cluster) => cluster.name === name)?.hosts;
  return {
    istiod: sent
      ?.get(name)
      ?.map(({ address, weight, priority, health }) => ({ address, weight, priority, healthy: health === 'HEALTHY' })),
    envoy:
      held === undefined
        ? undefined
        : (hosts ?? []).map(({ address, weight, priority, healthy, ejected }) => ({
            address,
            weight,
            priority,
            healthy: healthy || ejected,
          })),
    ejected: (hosts ?? []).filter(({ ejected }) => ejected).map(({ address }) => address),
  };
}
