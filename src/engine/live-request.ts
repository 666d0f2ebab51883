import { asIsthmusError } from '../base/error.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { EnvoyCluster } from '../istio/debug.ts';
import { type MarkedAnswer, type MarkedRequest, sendMarkedRequest } from '../observe/marked-request.ts';
import { readEnvoyClusters } from '../observe/proxy-endpoints.ts';
import type { WebCrypto } from '../pki/environment.ts';
import {
  answering,
  awaitedHosts,
  type ClusterHost,
  type CountedHost,
  isAnswered,
  judgeRequest,
  type RequestOutcome,
  type RequestVerdict,
  whyNoRequest,
} from '../predict/live/request.ts';
import type { Trace } from '../predict/request/trace.ts';

/** What the caller really sent: the same request until every predicted endpoint has answered. */
export interface LiveRequest {
  /** Their `x-request-id`. */
  readonly id: string;
  readonly method: string;
  readonly url: string;
  /** How many were sent. */
  readonly sent: number;
  /** The first that is not as predicted, else the last. */
  readonly verdict: RequestVerdict;
  /** The HTTP status of that one; null where there was no answer. */
  readonly status: number | null;
  /** False where Envoy, and no server, gave that answer. */
  readonly answered: boolean;
  /** Why there was no answer; null where there was one. */
  readonly problem: string | null;
  /** The endpoints whose counters rose meanwhile; null where Envoy did not say. */
  readonly hosts: readonly CountedHost[] | null;
  /** Predicted endpoints that have not answered. */
  readonly silent: readonly ClusterHost[];
}

export interface RequestSource {
  readonly fleet: Pick<Fleet, 'client'>;
  readonly crypto: Pick<WebCrypto, 'randomUUID'>;
  readonly signal: AbortSignal;
  /** The caller's Envoy before the request, where it could be asked. */
  readonly before: readonly EnvoyCluster[] | undefined;
}

/** So many requests are sent, at most, for each predicted endpoint. */
const requestsEach = 10;

/** Methods that change nothing at the server (RFC 9110, 9.2.1): a request of any other one is sent once only. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Sends requests from the caller of a trace until every predicted endpoint has answered, and holds what comes of them
 * against the prediction; else says why not.
 */
export async function liveRequest(
  trace: Trace,
  source: RequestSource,
): Promise<LiveRequest | { readonly why: string }> {
  const why = whyNoRequest(trace);
  if (why !== undefined) return { why };
  const { method, headers, host, port, path } = trace.request;
  const request = { url: `http://${host}:${port}${path}`, method, headers, id: source.crypto.randomUUID() };
  const awaited = new Map(awaitedHosts(trace).map((one) => [keyOf(one), one]));
  const most = safeMethods.has(method) ? Math.max(1, awaited.size * requestsEach) : 1;
  let { before } = source;
  let attempt: Attempt;
  let sent = 0;
  try {
    do {
      attempt = await sendOne(trace, { ...source, before }, request);
      sent += 1;
      for (const one of answering(attempt.outcome, attempt.answered)) awaited.delete(keyOf(one));
      before = attempt.after;
    } while (attempt.verdict === 'AsPredicted' && before !== undefined && awaited.size > 0 && sent < most);
  } catch (thrown) {
    source.signal.throwIfAborted();
    return { why: asIsthmusError(thrown).message };
  }
  const { id, url } = request;
  const { verdict, answered, outcome } = attempt;
  const { status, problem } = outcome;
  const hosts = countedHosts(trace, source.before, before);
  return { id, method, url, sent, verdict, status, answered, problem, hosts, silent: [...awaited.values()] };
}

interface Attempt {
  readonly outcome: MarkedAnswer & RequestOutcome;
  readonly answered: boolean;
  readonly verdict: RequestVerdict;
  /** The caller's Envoy after it, where it could be asked. */
  readonly after: readonly EnvoyCluster[] | undefined;
}

async function sendOne(
  trace: Trace,
  { fleet, signal, before }: RequestSource,
  request: MarkedRequest,
): Promise<Attempt> {
  const { cluster, namespace, pod: name } = trace.from;
  const client = fleet.client(cluster);
  const pod = { namespace, name };
  const answer = await sendMarkedRequest(client, pod, { request, signal });
  const after = before === undefined ? undefined : await readEnvoyClusters(client, pod, signal).catch(() => undefined);
  signal.throwIfAborted();
  const outcome = { ...answer, hosts: countedHosts(trace, before, after) };
  return { outcome, answered: isAnswered(trace, outcome), verdict: judgeRequest(trace, outcome), after };
}

function keyOf({ envoyCluster, address }: ClusterHost): string {
  return `${envoyCluster} ${address}`;
}

/** The endpoints of the destinations that got requests between two looks at Envoy. */
function countedHosts(
  { destinations }: Trace,
  before: readonly EnvoyCluster[] | undefined,
  after: readonly EnvoyCluster[] | undefined,
): readonly CountedHost[] | null {
  if (before === undefined || after === undefined) return null;
  const names = new Set(destinations.map(({ envoyCluster }) => envoyCluster));
  const earlier = totals(before, names);
  return [...totals(after, names).values()].flatMap((host) => {
    const was = earlier.get(keyOf(host));
    const more = host.requests - (was?.requests ?? 0);
    return more > 0 ? [{ ...host, requests: more, successes: host.successes - (was?.successes ?? 0) }] : [];
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
        successes: stats.rq_success ?? 0,
      })),
    );
  return new Map(hosts.map((host) => [keyOf(host), host]));
}
