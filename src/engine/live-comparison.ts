import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { paint } from '../cli/shell/terminal.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { istiodPlace } from '../observe/istiod.ts';
import { readEnvoyClusters, readSentEndpoints } from '../observe/proxy-endpoints.ts';
import { compareLive, type LiveCluster, type LiveResult } from '../predict/live.ts';
import type { Trace } from '../predict/trace.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import { type LiveRequest, liveRequest, requestLines } from './live-request.ts';
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
  readonly declared: DeclaredMesh;
  readonly fleet: Fleet;
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
  const destinations = trace.destinations
    .filter(({ endpoints, effective }) => endpoints.length + effective.length > 0)
    .map((destination) => compareLive(destination, liveCluster(destination.cluster, sent, held)));
  return {
    destinations,
    request: 'why' in request ? null : request,
    notes,
    agrees:
      destinations.every(({ verdict }) => verdict !== 'ModelDefect' && verdict !== 'StaleProxy') &&
      ('why' in request || request.verdict === 'AsPredicted'),
  };
}

async function sentRequest(
  trace: Trace,
  { fleet, signal, sendsRequest }: LiveSource,
  before: Held | undefined,
): Promise<LiveRequest | { readonly why: string }> {
  return sendsRequest ? await liveRequest(trace, { fleet, signal, before }) : { why: '--no-request says so' };
}

type Sent = Awaited<ReturnType<typeof readSentEndpoints>>;
type Held = Awaited<ReturnType<typeof readEnvoyClusters>>;

async function sentTo(trace: Trace, { declared, fleet, signal }: LiveSource): Promise<Sent> {
  const { from } = trace;
  const topology = resolveMesh(declared).topology.clusters.find(({ name }) => name === from.cluster);
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

function liveCluster(name: string, sent: Sent, held: Held | undefined): LiveCluster {
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

const verdictTexts = {
  Agrees: 'istiod and Envoy say the same',
  ModelDefect: 'istiod says something else: the prediction is wrong here, please report it with isthmus snapshot',
  StaleProxy: 'istiod says the same, but Envoy has other hosts: the proxy is stale',
  NotKnown: 'not all could be asked, see the notes',
} as const;

/** The comparison as lines of the text output. */
export function comparisonLines({ destinations, request, notes }: LiveComparison, color: boolean): readonly string[] {
  const lines = destinations.flatMap(({ cluster, verdict, differences, ejected }) => [
    `${paint('live', 'bold', color)} ${cluster}: ${verdictTexts[verdict]}`,
    ...differences.map(
      ({ at, address, predicted, actual }) =>
        `  ${at} ${address}: predicted ${predicted ?? 'none'}; actual ${actual ?? 'none'}`,
    ),
    ...ejected.map((address) => `  envoy ${address}: put aside by outlier detection`),
  ]);
  const sent = request === null ? [] : requestLines(request, color);
  return [...lines, ...sent, ...notes.map((note) => paint(`note: ${note}`, 'dim', color))];
}
