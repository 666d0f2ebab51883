import { failingHop } from '../diagnose/checks/request/failing-hop.ts';
import { endpoint } from '../diagnose/checks/request/observations.ts';
import { callerObstacle, serverObstacle } from '../diagnose/checks/request/obstacles.ts';
import { nothingToShare, shareFailure, silentAboutShare } from '../diagnose/checks/request/share.ts';
import type { Failure } from '../diagnose/facts/hop.ts';
import type { Member } from '../diagnose/facts/pair.ts';
import { isUntested } from '../diagnose/facts/probe.ts';
import type { HopQuestion } from '../diagnose/facts/request.ts';
import type { TargetEvidence } from '../probe/protocol.ts';
import { onlyService, sharedService, shareGroups } from './checks.ts';
import type { ClusterFacts, RunFacts } from './facts.ts';
import { serverAccount, spiffeId } from './identity.ts';
import type { Share, SharedResult, ShareExpectation } from './report.ts';

interface Question {
  readonly run: RunFacts;
  readonly from: ClusterFacts;
  /** The clusters that have an endpoint, the caller's among them. */
  readonly sharing: readonly ClusterFacts[];
}

/** What a run has shown of the requests from one cluster to the service that all tested clusters have. */
export function judgeShared(run: RunFacts, from: ClusterFacts): SharedResult {
  const sharing = run.clusters.filter((cluster) => !isUntested(cluster));
  const question = { run, from, sharing };
  const evidence = from.targets.get(sharedService)?.evidence;
  const members = sharing.map(({ member }) => member);
  const mode = modeOf(evidence);
  const expectations = mode === 'LocalFirst' ? [] : expectationsOf(from.member, members);
  const shares = sharesOf(evidence, members);
  const failure = failureOf(question, evidence, { shares, expectations });
  const { p50Ms = null, p99Ms = null, requests = 0, failures = 0, earlierFailures = 0 } = evidence?.measured ?? {};
  return {
    service: sharedService,
    from: from.member.name,
    ok: failure === undefined,
    tested: failure?.tested !== false,
    mode,
    shares,
    expectations,
    latencyMs: p50Ms === null || p99Ms === null ? null : { p50: p50Ms, p99: p99Ms },
    requests,
    failures,
    earlierFailures,
    failure: failure ?? null,
  };
}

/** A quarter of an even share for every group that the caller can judge apart. */
export function expectationsOf(from: Member, members: readonly Member[]): ShareExpectation[] {
  return shareGroups(from, members).map((clusters) => ({
    clusters,
    minimumPercent: rounded((25 * clusters.length) / members.length),
  }));
}

/** Some measured request failed, or one of the last before nothing could be measured. */
function requestsFail({ measured, lastFailure }: TargetEvidence): boolean {
  return measured === undefined ? lastFailure !== undefined : measured.failures > 0;
}

interface Split {
  readonly shares: readonly Share[];
  readonly expectations: readonly ShareExpectation[];
}

function failureOf(question: Question, evidence: TargetEvidence | undefined, split: Split): Failure | undefined {
  const { from, sharing } = question;
  const { name } = from.member;
  if (isUntested(from)) return callerObstacle(from);
  if (sharing.length < 2) return nothingToShare(name, from.readAt);
  const reached = evidence?.reachedAfterMs !== undefined;
  const obstacle = (reached ? undefined : callerObstacle(from)) ?? sharing.map(serverObstacle).find(Boolean);
  if (obstacle !== undefined) return obstacle;
  if (evidence === undefined) return silentAboutShare(name, sharing.length, from.readAt);
  const uneven = reached ? unshared(question.from, evidence, split) : undefined;
  if (uneven?.hop === 'Discovery' || !requestsFail(evidence)) return uneven;
  return failingHop(hopQuestion(question, evidence, split));
}

function unshared(from: ClusterFacts, evidence: TargetEvidence, { shares, expectations }: Split): Failure | undefined {
  const short = expectations.find((expectation) => shareOf(shares, expectation.clusters) < expectation.minimumPercent);
  if (short === undefined) return undefined;
  const { clusters, minimumPercent } = short;
  const percent = rounded(shareOf(shares, clusters));
  const hasEndpoint = hasEndpointFor(from, evidence, clusters);
  return shareFailure(
    { from: from.member.name, clusters, percent, minimumPercent, hasEndpoint },
    evidence,
    from.readAt,
  );
}

/** Whether the sidecar holds one of the endpoints for the shared service that it holds for the clusters' own ones. */
function hasEndpointFor(from: ClusterFacts, { proxy }: TargetEvidence, clusters: readonly string[]): boolean {
  if (proxy.state !== 'Known') return true;
  const held = new Set(proxy.hosts.map(endpoint));
  return clusters.some((cluster) => {
    if (cluster === from.member.name) return proxy.hosts.some((host) => host.address === from.server.ip);
    const own = from.targets.get(onlyService(cluster))?.evidence.proxy;
    return own?.state !== 'Known' || own.hosts.some((host) => held.has(endpoint(host)));
  });
}

/** The first cluster that gave no answer, for the question which hop fails on the way there. */
function hopQuestion({ from, sharing, run }: Question, evidence: TargetEvidence, { shares }: Split): HopQuestion {
  const silentOne = sharing.find(({ member }) => shareOf(shares, [member.name]) === 0);
  const to = silentOne ?? sharing.find((cluster) => cluster !== from) ?? from;
  return {
    pair: { from: from.member, to: to.member },
    evidence: { ...evidence, dials: evidence.dials.filter((dial) => dial.tls !== 'Handshake') },
    at: from.readAt,
    serverIp: to.server.ip,
    serverId: spiffeId(run.trustDomain, run.namespace, serverAccount(to.member.name)),
  };
}

/** Endpoints in several priorities mean locality failover: the later ones wait for the first to fail. */
function modeOf(evidence: TargetEvidence | undefined): SharedResult['mode'] {
  if (evidence?.proxy.state !== 'Known') return 'Shared';
  return new Set(evidence.proxy.hosts.map((host) => host.priority)).size > 1 ? 'LocalFirst' : 'Shared';
}

function sharesOf(evidence: TargetEvidence | undefined, members: readonly Member[]): Share[] {
  const counts = new Map((evidence?.answers ?? []).map(({ cluster, count }) => [cluster, count]));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return members.map(({ name }) => {
    const requests = counts.get(name) ?? 0;
    return { cluster: name, requests, percent: total === 0 ? 0 : rounded((100 * requests) / total) };
  });
}

function shareOf(shares: readonly Share[], clusters: readonly string[]): number {
  return shares.filter(({ cluster }) => clusters.includes(cluster)).reduce((sum, { percent }) => sum + percent, 0);
}

function rounded(percent: number): number {
  return Math.round(percent * 10) / 10;
}
