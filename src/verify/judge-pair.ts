import {
  type AnsweredPair,
  silentClient,
  unprovedPath,
  wrongAnswer,
  wrongPath,
} from '../diagnose/checks/request/answers.ts';
import { failingHop } from '../diagnose/checks/request/failing-hop.ts';
import { pathOf } from '../diagnose/checks/request/near-hops.ts';
import { endpoint } from '../diagnose/checks/request/observations.ts';
import { callerObstacle, serverObstacle } from '../diagnose/checks/request/obstacles.ts';
import type { Failure } from '../diagnose/facts/hop.ts';
import { expectedPath, type Pair, type Path } from '../diagnose/facts/pair.ts';
import { isUntested } from '../diagnose/facts/probe.ts';
import { serverPort, type TargetEvidence } from '../probe/protocol.ts';
import { onlyService } from './checks.ts';
import type { ClusterFacts, RunFacts } from './facts.ts';
import { runAccounts, spiffeId } from './identity.ts';
import type { Identities, PairResult } from './report.ts';

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
  const { accounts = runAccounts } = run;
  const expected = { client: idOf(accounts.client(pair.from.name)), server: idOf(accounts.server(pair.to.name)) };
  const question = { run, from, to, pair, expected };
  const evidence = from.targets.get(onlyService(pair.to.name))?.evidence;
  const failure = failureOf(question, evidence);
  const { p50Ms = null, p99Ms = null, requests = 0, failures = 0, earlierFailures = 0 } = evidence?.measured ?? {};
  const used = usedHosts(evidence, to.server.ip);
  return {
    from: pair.from.name,
    to: pair.to.name,
    ok: failure === undefined,
    tested: failure?.tested !== false,
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
  const at = from.readAt;
  if (isUntested(to)) return serverObstacle(to);
  const reached = evidence?.reachedAfterMs !== undefined;
  const obstacle = reached ? undefined : (callerObstacle(from) ?? serverObstacle(to));
  if (obstacle !== undefined) return obstacle;
  if (evidence === undefined) return silentClient(pair, at);
  if (!reached || (evidence.measured?.failures ?? 1) > 0) {
    return failingHop({ pair, evidence, at, serverIp: to.server.ip, serverId: expected.server });
  }
  const answered = { pair, evidence, at };
  return wrongAnswer(answered, expected) ?? pathFailure(answered, to);
}

function pathFailure(
  answered: AnsweredPair & { readonly evidence: TargetEvidence },
  to: ClusterFacts,
): Failure | undefined {
  const used = usedHosts(answered.evidence, to.server.ip);
  if (used.some(({ path }) => path !== expectedPath(answered.pair))) return wrongPath(answered);
  return used.length > 0 ? undefined : unprovedPath(answered);
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
