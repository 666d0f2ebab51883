import { asIsthmusError } from '../base/error.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { EnvoyCluster } from '../istio/debug.ts';
import { type MarkedAnswer, sendMarkedRequest } from '../observe/marked-request.ts';
import { readEnvoyClusters } from '../observe/proxy-endpoints.ts';
import type { WebCrypto } from '../pki/environment.ts';
import {
  type CountedHost,
  isAnswered,
  judgeRequest,
  type RequestVerdict,
  whyNoRequest,
} from '../predict/live/request.ts';
import type { Trace } from '../predict/request/trace.ts';

/** One request that the caller really sent. */
export interface LiveRequest {
  /** Its `x-request-id`. */
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly verdict: RequestVerdict;
  /** The HTTP status; null where there was no answer. */
  readonly status: number | null;
  /** False where Envoy, and no server, gave the answer. */
  readonly answered: boolean;
  /** Why there was no answer; null where there was one. */
  readonly problem: string | null;
  /** The endpoints whose counters rose meanwhile; null where Envoy did not say. */
  readonly hosts: readonly CountedHost[] | null;
}

export interface RequestSource {
  readonly fleet: Pick<Fleet, 'client'>;
  readonly crypto: Pick<WebCrypto, 'randomUUID'>;
  readonly signal: AbortSignal;
  /** The caller's Envoy before the request, where it could be asked. */
  readonly before: readonly EnvoyCluster[] | undefined;
}

/** Sends one request from the caller of a trace and holds what comes of it against the prediction; else says why not. */
export async function liveRequest(
  trace: Trace,
  { fleet, crypto, signal, before }: RequestSource,
): Promise<LiveRequest | { readonly why: string }> {
  const why = whyNoRequest(trace);
  if (why !== undefined) return { why };
  const { from, request } = trace;
  const client = fleet.client(from.cluster);
  const pod = { namespace: from.namespace, name: from.pod };
  const id = crypto.randomUUID();
  const url = `http://${request.host}:${request.port}${request.path}`;
  const { method, headers } = request;
  let answer: MarkedAnswer;
  try {
    answer = await sendMarkedRequest(client, pod, { request: { url, method, headers, id }, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    return { why: asIsthmusError(thrown).message };
  }
  const after = before === undefined ? undefined : await readEnvoyClusters(client, pod, signal).catch(() => undefined);
  signal.throwIfAborted();
  const hosts = before === undefined || after === undefined ? null : countedHosts(trace, before, after);
  const outcome = { ...answer, hosts };
  const { status, problem } = answer;
  return {
    id,
    method,
    url,
    verdict: judgeRequest(trace, outcome),
    status,
    answered: isAnswered(outcome),
    problem,
    hosts,
  };
}

/** The endpoints of the destinations that got requests between two looks at Envoy. */
function countedHosts(
  { destinations }: Trace,
  before: readonly EnvoyCluster[],
  after: readonly EnvoyCluster[],
): readonly CountedHost[] {
  const names = new Set(destinations.map(({ envoyCluster }) => envoyCluster));
  const earlier = totals(before, names);
  return [...totals(after, names).values()].flatMap(({ envoyCluster, address, requests }) => {
    const more = requests - (earlier.get(`${envoyCluster} ${address}`)?.requests ?? 0);
    return more > 0 ? [{ envoyCluster, address, requests: more }] : [];
  });
}

function totals(clusters: readonly EnvoyCluster[], names: ReadonlySet<string>): ReadonlyMap<string, CountedHost> {
  const hosts = clusters
    .filter(({ name }) => names.has(name))
    .flatMap((cluster) =>
      cluster.hosts.map(({ address, stats }) => ({
        envoyCluster: cluster.name,
        address,
        requests: stats.rq_total ?? 0,
      })),
    );
  return new Map(hosts.map((host) => [`${host.envoyCluster} ${host.address}`, host]));
}
