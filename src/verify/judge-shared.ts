import type { TargetEvidence } from '../probe/protocol.ts';
import { type Member, onlyService, sharedService, shareGroups } from './checks.ts';
import type { ClusterFacts, RunFacts } from './facts.ts';
import { failingHop } from './failing-hop.ts';
import { serverAccount, spiffeId } from './identity.ts';
import { endpoint, observations } from './observations.ts';
import { callerObstacle, serverObstacle } from './obstacle.ts';
import type { Failure, Share, SharedResult, ShareExpectation } from './report.ts';

interface Question {
  readonly run: RunFacts;
  readonly from: ClusterFacts;
  /** The clusters that have an endpoint, the caller's among them. */
  readonly sharing: readonly ClusterFacts[];
}

/** What a run has shown of the requests from one cluster to the service that all tested clusters have. */
export function judgeShared(run: RunFacts, from: ClusterFacts): SharedResult {
  const sharing = run.clusters.filter(({ problem }) => problem?.at !== 'Cluster');
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
    tested: failure?.hop !== 'Cluster',
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
  if (from.problem?.at === 'Cluster') return callerObstacle(from);
  if (sharing.length < 2) return alone(from);
  const reached = evidence?.reachedAfterMs !== undefined;
  const obstacle = (reached ? undefined : callerObstacle(from)) ?? sharing.map(serverObstacle).find(Boolean);
  if (obstacle !== undefined) return obstacle;
  if (evidence === undefined) return { ...missing(from, sharing), evidence: [] };
  const uneven = reached ? unshared(question.from, evidence, split) : undefined;
  if (uneven?.hop === 'Discovery' || !requestsFail(evidence)) return uneven;
  return failingHop(hopQuestion(question, evidence, split));
}

function alone({ member }: ClusterFacts): Failure {
  return {
    hop: 'Cluster',
    explanation: `there is no other cluster that ${member.name} could share a service with: none was reached`,
    evidence: [],
    remedy: 'make the other clusters reachable and run `isthmus verify` again',
  };
}

function missing({ member }: ClusterFacts, sharing: readonly ClusterFacts[]): Omit<Failure, 'evidence'> {
  return {
    hop: 'ClientProxy',
    explanation: `the client in ${member.name} said nothing of the service shared by ${sharing.length} clusters before the time was up`,
    remedy: 'give the run more time with `--timeout`',
  };
}

function unshared(from: ClusterFacts, evidence: TargetEvidence, { shares, expectations }: Split): Failure | undefined {
  const short = expectations.find((expectation) => shareOf(shares, expectation.clusters) < expectation.minimumPercent);
  if (short === undefined) return undefined;
  const clusters = short.clusters.join(' and ');
  const base = { evidence: observations(evidence) };
  const got = shareOf(shares, short.clusters);
  if (!hasEndpointFor(from, evidence, short.clusters)) {
    return {
      ...base,
      hop: 'Discovery',
      explanation: `the sidecar in ${from.member.name} has no endpoint of ${clusters} for a service that exists there`,
      remedy: `\`isthmus status\` shows whether ${from.member.name} reads ${clusters}; meshConfig.serviceSettings with clusterLocal keeps a service local`,
    };
  }
  return {
    ...base,
    hop: 'Share',
    explanation: `${clusters} gets ${rounded(got)} % of the requests from ${from.member.name}; at least ${short.minimumPercent} % were expected of an even split`,
    remedy:
      'compare the weights of the endpoints below, and look for locality weights (localityLbSetting.distribute) in mesh config and DestinationRules; the pair checks say whether the endpoints work',
  };
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
function hopQuestion(
  { from, sharing, run }: Question,
  evidence: TargetEvidence,
  { shares }: Split,
): Parameters<typeof failingHop>[0] {
  const silentOne = sharing.find(({ member }) => shareOf(shares, [member.name]) === 0);
  const to = silentOne ?? sharing.find((cluster) => cluster !== from) ?? from;
  return {
    pair: { from: from.member, to: to.member },
    evidence: { ...evidence, dials: evidence.dials.filter((dial) => dial.tls !== 'Handshake') },
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
