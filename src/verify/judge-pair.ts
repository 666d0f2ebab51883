import { serverPort, type TargetEvidence } from '../probe/protocol.ts';
import { expectedPath, onlyService, type Pair, type Path } from './checks.ts';
import type { ClusterFacts, RunFacts } from './facts.ts';
import { failingHop, pathOf, wrongNetwork } from './failing-hop.ts';
import { clientAccount, serverAccount, spiffeId } from './identity.ts';
import { endpoint, observations } from './observations.ts';
import { callerObstacle, serverObstacle } from './obstacle.ts';
import type { Failure, Identities, PairResult } from './report.ts';

interface Question {
  readonly run: RunFacts;
  readonly from: ClusterFacts;
  readonly to: ClusterFacts;
  readonly pair: Pair;
  readonly expected: { readonly client: string; readonly server: string };
}

/** What a run has shown of the requests from one cluster to another. */
export function judgePair(run: RunFacts, from: ClusterFacts, to: ClusterFacts): PairResult {
  const pair = { from: from.member, to: to.member };
  const idOf = (account: string): string => spiffeId(run.trustDomain, run.namespace, account);
  const expected = { client: idOf(clientAccount(pair.from.name)), server: idOf(serverAccount(pair.to.name)) };
  const question = { run, from, to, pair, expected };
  const evidence = from.targets.get(onlyService(pair.to.name))?.evidence;
  const failure = failureOf(question, evidence);
  const { p50Ms = null, p99Ms = null, requests = 0, failures = 0, earlierFailures = 0 } = evidence?.measured ?? {};
  const used = usedHosts(evidence, to.server.ip);
  return {
    from: pair.from.name,
    to: pair.to.name,
    ok: failure === undefined,
    tested: failure?.hop !== 'Cluster',
    expectedPath: expectedPath(pair),
    path: used[0]?.path ?? null,
    via: used.map(({ address }) => address),
    identity: { expected, seen: seenIdentities(evidence) },
    latencyMs: p50Ms === null || p99Ms === null ? null : { p50: p50Ms, p99: p99Ms },
    requests,
    failures,
    earlierFailures,
    reachedAfterMs: evidence?.reachedAfterMs ?? null,
    failure: failure ?? null,
  };
}

function failureOf(question: Question, evidence: TargetEvidence | undefined): Failure | undefined {
  const { from, to, pair, expected } = question;
  if (to.problem?.at === 'Cluster') return serverObstacle(to);
  const reached = evidence?.reachedAfterMs !== undefined;
  const obstacle = reached ? undefined : (callerObstacle(from) ?? serverObstacle(to));
  if (obstacle !== undefined) return obstacle;
  if (evidence === undefined) return silent(pair);
  if (!reached || (evidence.measured?.failures ?? 1) > 0) {
    return failingHop({ pair, evidence, serverIp: to.server.ip, serverId: expected.server });
  }
  return wrongAnswer(question, evidence) ?? wrongPath(question, evidence);
}

function silent({ from, to }: Pair): Failure {
  return {
    hop: 'ClientProxy',
    explanation: `the client in ${from.name} said nothing of ${to.name} before the time was up`,
    evidence: [],
    remedy: 'give the run more time with `--timeout`',
  };
}

/** Who answered, against who must have. */
function wrongAnswer({ pair, expected }: Question, evidence: TargetEvidence): Failure | undefined {
  const found = evidence.identities.find(
    ({ cluster, server, client }) =>
      cluster !== pair.to.name || server !== expected.server || client !== expected.client,
  );
  if (found === undefined) return undefined;
  const { name } = pair.to;
  const base = { hop: 'Identity' as const, evidence: observations(evidence) };
  if (found.cluster !== name) {
    return {
      ...base,
      explanation: `${found.cluster} answers for a service that only ${name} has`,
      remedy: `no two clusters may have the same cluster id: compare the istiod environment variable CLUSTER_ID in ${found.cluster} and ${name}`,
    };
  }
  if (found.server === null && found.client === null) {
    return {
      ...base,
      explanation: 'the request arrives as plaintext: the server sees no client certificate',
      remedy: `look for a PeerAuthentication or DestinationRule that disables mutual TLS in ${pair.from.name} or ${name}`,
    };
  }
  return {
    ...base,
    explanation: `the identities differ from what the mesh declares: server ${found.server ?? 'none'}, client ${found.client ?? 'none'}`,
    remedy: 'compare spec.trust.domain of the mesh file with meshConfig.trustDomain in both clusters',
  };
}

function wrongPath({ pair, to }: Question, evidence: TargetEvidence): Failure | undefined {
  const used = usedHosts(evidence, to.server.ip);
  if (used.some(({ path }) => path !== expectedPath(pair))) {
    return { ...wrongNetwork(pair), evidence: observations(evidence) };
  }
  if (used.length > 0) return undefined;
  return {
    hop: 'ClientProxy',
    explanation: `requests arrive, but the path is not proved: the sidecar in ${pair.from.name} does not say where it sent them`,
    evidence: observations(evidence),
    remedy: 'the sidecar must answer on localhost:15000 inside its own pod, and must capture the traffic of user 65532',
  };
}

interface UsedHost {
  readonly address: string;
  readonly path: Path;
}

/** The endpoints that answered requests successfully. */
function usedHosts(evidence: TargetEvidence | undefined, serverIp: string | undefined): UsedHost[] {
  if (evidence?.proxy.state !== 'Known') return [];
  return evidence.proxy.hosts
    .filter((host) => host.successes > 0)
    .map((host) => ({ address: endpoint(host), path: pathOf(host, { serverIp, serverPort }) }));
}

/** The identities of most answers. */
function seenIdentities(evidence: TargetEvidence | undefined): Identities {
  const most = [...(evidence?.identities ?? [])].sort((a, b) => b.count - a.count)[0];
  return { client: most?.client ?? null, server: most?.server ?? null };
}
