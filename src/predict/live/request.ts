import type { Trace } from '../request/trace.ts';

/** One of Envoy's hosts that got requests while ours was under way. */
export interface CountedHost {
  /** Envoy's name of its cluster. */
  readonly envoyCluster: string;
  readonly address: string;
  /** Attempts; more than one where Envoy tries again, or where the application calls the same service meanwhile. */
  readonly requests: number;
}

/** The outcome of the one request. */
export interface RequestOutcome {
  /** Null where there was no HTTP answer. */
  readonly status: number | null;
  /** The answer says that Envoy had it from somewhere, rather than made it up. */
  readonly fromUpstream: boolean;
  /** Among the destinations that were predicted; null where Envoy did not say. */
  readonly hosts: readonly CountedHost[] | null;
}

/**
 * `Elsewhere`: a host got it that should not, or none of the destinations did. `NotAnswered` and `Answered`: where the
 * prediction says the opposite of all requests.
 */
export type RequestVerdict = 'AsPredicted' | 'Elsewhere' | 'NotAnswered' | 'Answered';

const httpProtocols: ReadonlySet<string> = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-Web']);

/** Why no request of an application would show what was predicted, as the end of a sentence; undefined where it would. */
export function whyNoRequest({ request, protocol, resolved }: Trace): string | undefined {
  if (request.subset !== '') return 'only routes choose a subset, an application cannot ask for one';
  if (protocol === '') return `what ${resolved.host}:${request.port} speaks is not declared`;
  return httpProtocols.has(protocol) ? undefined : `${resolved.host}:${request.port} speaks ${protocol}, not HTTP`;
}

/** Statuses that a proxy gives in the name of a server that it did not reach. */
const proxyStatuses: ReadonlySet<number> = new Set([502, 503, 504]);

/** True where a pod, or the proxy before it, answered. */
export function isAnswered({ status, fromUpstream, hosts }: RequestOutcome): boolean {
  if (status === null) return false;
  return fromUpstream || (!proxyStatuses.has(status) && hosts?.length !== 0);
}

/** Compares the prediction with the outcome of a request that was really sent. */
export function judgeRequest(
  { destinations, deliveredShare, notJudgedShare }: Pick<Trace, 'destinations' | 'deliveredShare' | 'notJudgedShare'>,
  outcome: RequestOutcome,
): RequestVerdict {
  const expected = new Set(
    destinations.flatMap(({ envoyCluster, share, effective }) =>
      share > 0 ? effective.filter((host) => host.share > 0).map(({ address }) => `${envoyCluster} ${address}`) : [],
    ),
  );
  // Of a destination that is not judged no host is expected, and none is wrong.
  const open = new Set(destinations.flatMap((one) => (one.notJudgedShare > 0 ? [one.envoyCluster] : [])));
  const hosts = outcome.hosts?.filter(({ envoyCluster }) => !open.has(envoyCluster)) ?? null;
  const answered = isAnswered(outcome);
  if (hosts?.some(({ envoyCluster, address }) => !expected.has(`${envoyCluster} ${address}`))) return 'Elsewhere';
  if (!answered) return deliveredShare > 99.999 ? 'NotAnswered' : 'AsPredicted';
  if (notJudgedShare > 0) return 'AsPredicted';
  if (deliveredShare === 0) return 'Answered';
  return hosts?.length === 0 ? 'Elsewhere' : 'AsPredicted';
}
