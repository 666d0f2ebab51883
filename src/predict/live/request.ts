import { answeredOf } from '../request/delivery.ts';
import type { Trace } from '../request/trace.ts';

/** One of Envoy's hosts that got requests while ours was under way. */
export interface CountedHost {
  /** Envoy's name of its cluster. */
  readonly envoyCluster: string;
  readonly address: string;
  /** Attempts; more than one where Envoy tries again, or where the application calls the same service meanwhile. */
  readonly requests: number;
  /** Those that it answered with success, by its own counter. */
  readonly successes: number;
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

/** An endpoint of one of Envoy's clusters. */
export type ClusterHost = Pick<CountedHost, 'envoyCluster' | 'address'>;

/** The endpoints that are to answer, if enough requests are sent. */
export function awaitedHosts({ destinations }: Pick<Trace, 'destinations'>): readonly ClusterHost[] {
  return destinations
    .filter(({ share, notJudgedShare }) => share > 0 && notJudgedShare === 0)
    .flatMap(({ envoyCluster, hops }) =>
      hops
        .filter(({ leg }) => answeredOf(leg.paths) > 0)
        .map(({ endpoint: { address } }) => ({ envoyCluster, address })),
    );
}

/** The endpoints that one request shows to answer: of several that were tried, those that count a success. */
export function answering(outcome: RequestOutcome, answered: boolean): readonly ClusterHost[] {
  const hosts = outcome.hosts ?? [];
  return hosts.filter(({ successes }) => successes > 0 || (answered && hosts.length === 1));
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

/** What a proxy says in the name of a server that an AuthorizationPolicy keeps a request from. */
const denied = 403;

/** True where a pod answered; a denial that the prediction expects, or leaves open, is none. */
export function isAnswered(
  { findings }: Pick<Trace, 'findings'>,
  { status, fromUpstream, hosts }: RequestOutcome,
): boolean {
  if (status === null) return false;
  if (status === denied && findings.some(({ code }) => code === 'policy-denies' || code === 'policy-not-decided'))
    return false;
  return fromUpstream || (!proxyStatuses.has(status) && hosts?.length !== 0);
}

/** Compares the prediction with the outcome of a request that was really sent. */
export function judgeRequest(
  trace: Pick<Trace, 'destinations' | 'deliveredShare' | 'notJudgedShare' | 'findings'>,
  outcome: RequestOutcome,
): RequestVerdict {
  const { destinations, deliveredShare, notJudgedShare } = trace;
  const expected = new Set(
    destinations.flatMap(({ envoyCluster, share, effective }) =>
      share > 0 ? effective.filter((host) => host.share > 0).map(({ address }) => `${envoyCluster} ${address}`) : [],
    ),
  );
  // Of a destination that is not judged no host is expected, and none is wrong.
  const open = new Set(destinations.flatMap((one) => (one.notJudgedShare > 0 ? [one.envoyCluster] : [])));
  const hosts = outcome.hosts?.filter(({ envoyCluster }) => !open.has(envoyCluster)) ?? null;
  const answered = isAnswered(trace, outcome);
  if (hosts?.some(({ envoyCluster, address }) => !expected.has(`${envoyCluster} ${address}`))) return 'Elsewhere';
  if (!answered) return deliveredShare > 99.999 ? 'NotAnswered' : 'AsPredicted';
  if (notJudgedShare > 0) return 'AsPredicted';
  if (deliveredShare === 0) return 'Answered';
  return hosts?.length === 0 ? 'Elsewhere' : 'AsPredicted';
}
