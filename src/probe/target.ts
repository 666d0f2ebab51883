import type { Clock } from '../base/clock.ts';
import { mapConcurrent } from '../base/concurrency.ts';
import { asIsthmusError } from '../base/error.ts';
import type { ClientLine, DialResult, ProbeTarget, TargetEvidence } from './protocol.ts';
import { parseServerAnswer } from './protocol.ts';
import { type ProxyCluster, proxyCluster, proxyEvidence } from './proxy-hosts.ts';
import type { SidecarReader } from './sidecar.ts';
import { type Outcome, type Tally, tally } from './tally.ts';
import type { Wire } from './wire.ts';

/** What every target of a client shares. */
export interface TargetContext {
  readonly namespace: string;
  readonly clock: Clock;
  readonly wire: Wire;
  readonly readSidecar: SidecarReader;
  readonly write: (line: ClientLine) => void;
  /** Monotonic milliseconds of the client's start and of the end of its patience. */
  readonly startedAt: number;
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** What one request and the look at its way need of that. */
export type CallContext = Pick<TargetContext, 'namespace' | 'clock' | 'wire' | 'readSidecar'>;

/** A Service in the namespace of the probes. */
export type CalledService = Pick<ProbeTarget, 'service' | 'port'>;

/** Pause between two requests to a target that was not reached yet. */
const retryMs = 100;
/**
 * What several clusters serve is measured after so many answers in a row, in which no connection to an endpoint failed
 * either: one of the gateways on the way may not have heard of its new server when the others answer already, and the
 * sidecar sends what it lost there to another one. A target that goes on losing them is measured after this time, so
 * that they are counted.
 */
const steadyAnswers = 10;
const steadyPauseMs = 20;
const steadyPatienceMs = 5_000;
/** How many of the last attempts a pending line speaks of. */
const maxRecent = 50;
/** Pause between two looks at why a target is not reached. */
const reportMs = 1_000;
const requestTimeoutMs = 2_000;
const dialTimeoutMs = 2_000;
/** How old a look at the sidecar may be where nothing is measured. */
const recentMs = 300;
const maxDials = 4;
const maxBodyCharacters = 300;
/** So many failures in a row end a measurement: what fails is known by then. */
const maxFailuresInARow = 5;
/**
 * A measurement in which a single request fails is repeated, so that one loss while everything about the probes is
 * seconds old does not fail a mesh. A path that goes on losing one fails all of them.
 */
const maxMeasurements = 3;
const maxLost = 1;
const settleMs = 1_000;

/** What one target's attempts have shown so far. */
export interface Progress {
  address: string | undefined;
  lookupError: string | undefined;
  reachedAfterMs: number | undefined;
  nextReportAt: number;
  lastReport: string;
  attempts: number;
  answersInARow: number;
  /** Connections to endpoints that had failed when the answers in a row began; undefined where the sidecar does not say. */
  failedConnections: number | undefined;
  /** The last ones only: what failed while the pods started says nothing of now. */
  readonly recent: Outcome[];
  readonly seen: Set<string>;
}

/**
 * Calls a target until every group of its clusters has answered, says meanwhile why it does not, then measures.
 * Ends without a result when the deadline passes first.
 */
export async function runTarget(context: TargetContext, target: ProbeTarget): Promise<void> {
  const progress = newProgress(context.clock);
  while (context.clock.monotonic() < context.deadline && !context.signal.aborted) {
    await attempt(context, target, progress);
    if (await isSettled(context, target, progress)) {
      await measure(context, target, progress);
      return;
    }
    await reportWhenDue(context, target, progress);
    await context.clock.sleep(progress.answersInARow > 0 ? steadyPauseMs : retryMs, context.signal);
  }
}

export function newProgress(clock: Clock): Progress {
  return {
    address: undefined,
    lookupError: undefined,
    reachedAfterMs: undefined,
    nextReportAt: clock.monotonic() + reportMs,
    lastReport: '',
    attempts: 0,
    answersInARow: 0,
    failedConnections: undefined,
    recent: [],
    seen: new Set(),
  };
}

async function attempt(context: TargetContext, target: ProbeTarget, progress: Progress): Promise<void> {
  const outcome = await callOnce(context, target, progress);
  progress.attempts += 1;
  progress.answersInARow = outcome.ok ? progress.answersInARow + 1 : 0;
  progress.recent.push(outcome);
  if (progress.recent.length > maxRecent) progress.recent.shift();
  if (!outcome.ok) return;
  progress.seen.add(outcome.answer.cluster);
  if (progress.reachedAfterMs !== undefined) return;
  progress.reachedAfterMs = context.clock.monotonic() - context.startedAt;
  context.write({ type: 'reached', service: target.service, afterMs: progress.reachedAfterMs });
}

/** One request. Never rejects. */
export async function callOnce(context: CallContext, target: CalledService, progress: Progress): Promise<Outcome> {
  const address = await resolveOnce(context, target, progress);
  if (address === undefined) return { ok: false, error: `${target.service} does not resolve` };
  const { clock, wire } = context;
  const start = clock.monotonic();
  try {
    const answer = await wire.get({
      address,
      port: target.port,
      host: target.service,
      path: '/',
      timeoutMs: requestTimeoutMs,
    });
    const latencyMs = clock.monotonic() - start;
    const parsed = answer.status === 200 ? parseServerAnswer(answer.body) : undefined;
    if (parsed !== undefined) return { ok: true, answer: parsed, latencyMs };
    return { ok: false, status: answer.status, body: answer.body.slice(0, maxBodyCharacters) };
  } catch (error) {
    return { ok: false, error: asIsthmusError(error).message };
  }
}

/** The Service's address: a cluster address that does not change, so it is looked up until it is known and then kept. */
async function resolveOnce(
  { wire }: CallContext,
  { service }: CalledService,
  progress: Progress,
): Promise<string | undefined> {
  if (progress.address !== undefined) return progress.address;
  try {
    progress.address = await wire.resolve(service);
    progress.lookupError = undefined;
  } catch (error) {
    progress.lookupError = asIsthmusError(error).message;
  }
  return progress.address;
}

/**
 * Whether to measure now: the answers come one after the other, and one cluster of every group has answered, or the
 * sidecar holds the endpoints in several priorities, so that those of the later ones get no request while the first are
 * healthy.
 */
async function isSettled(context: TargetContext, target: ProbeTarget, progress: Progress): Promise<boolean> {
  if (progress.reachedAfterMs === undefined || !(await isSteady(context, target, progress))) return false;
  if (target.groups.length === 1) return true;
  if (target.groups.every((group) => group.some((cluster) => progress.seen.has(cluster)))) return true;
  if (context.clock.monotonic() < progress.nextReportAt) return false;
  const { proxy } = await lookAtSidecar(context, target, 'Recent');
  return proxy.state === 'Known' && new Set(proxy.hosts.map((host) => host.priority)).size > 1;
}

async function isSteady(context: TargetContext, target: ProbeTarget, progress: Progress): Promise<boolean> {
  if (target.groups.flat().length === 1) return true;
  const reachedAt = context.startedAt + (progress.reachedAfterMs ?? 0);
  if (context.clock.monotonic() - reachedAt > steadyPatienceMs) return true;
  if (progress.answersInARow === 1) progress.failedConnections = await failedConnections(context, target);
  if (progress.answersInARow < steadyAnswers) return false;
  if ((await failedConnections(context, target)) === progress.failedConnections) return true;
  progress.answersInARow = 0;
  return false;
}

async function failedConnections(context: TargetContext, target: ProbeTarget): Promise<number | undefined> {
  const { cluster } = await lookAtSidecar(context, target, 'Now');
  return cluster?.hosts.reduce((sum, { connectFailures }) => sum + connectFailures, 0);
}

async function measure(context: TargetContext, target: ProbeTarget, progress: Progress): Promise<void> {
  let earlierFailures = 0;
  for (let measurement = 1; ; measurement += 1) {
    const measured = tally(await measureOnce(context, target, progress));
    const isLast = measurement === maxMeasurements || context.clock.monotonic() + settleMs > context.deadline;
    if (measured.failures === 0 || measured.failures > maxLost || isLast) {
      await writeResult(context, target, { progress, measured, earlierFailures });
      return;
    }
    earlierFailures += measured.failures;
    await context.clock.sleep(settleMs, context.signal);
  }
}

async function measureOnce(
  context: TargetContext,
  target: ProbeTarget,
  progress: Progress,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let failuresInARow = 0;
  while (outcomes.length < target.requests && failuresInARow < maxFailuresInARow && !context.signal.aborted) {
    const outcome = await callOnce(context, target, progress);
    outcomes.push(outcome);
    failuresInARow = outcome.ok ? 0 : failuresInARow + 1;
  }
  progress.attempts += outcomes.length;
  return outcomes;
}

interface Result {
  readonly progress: Progress;
  readonly measured: Tally;
  readonly earlierFailures: number;
}

async function writeResult(
  context: TargetContext,
  target: ProbeTarget,
  { progress, measured, earlierFailures }: Result,
): Promise<void> {
  const { requests, failures, p50Ms, p99Ms } = measured;
  const evidence = await gather({ context, target, progress, counts: measured, freshness: 'Now' });
  context.write({
    type: 'result',
    service: target.service,
    evidence: { ...evidence, measured: { requests, failures, p50Ms, p99Ms, earlierFailures } },
  });
}

async function reportWhenDue(context: TargetContext, target: ProbeTarget, progress: Progress): Promise<void> {
  if (context.clock.monotonic() < progress.nextReportAt) return;
  const evidence = await gather({ context, target, progress, counts: tally(progress.recent), freshness: 'Recent' });
  progress.nextReportAt = context.clock.monotonic() + reportMs;
  const report = JSON.stringify(withoutCounts(evidence));
  if (report === progress.lastReport) return;
  progress.lastReport = report;
  context.write({ type: 'pending', service: target.service, evidence });
}

/** The evidence without what every further attempt changes, so that an unchanged state is written once. */
function withoutCounts({ lookup, lastFailure, answers, proxy, dials }: TargetEvidence): unknown {
  const hosts =
    proxy.state === 'Known' ? proxy.hosts.map(({ address, port, healthy }) => [address, port, healthy]) : [];
  return { lookup, lastFailure, clusters: answers.map(({ cluster }) => cluster), state: proxy.state, hosts, dials };
}

export interface EvidenceRequest {
  readonly context: CallContext;
  readonly target: CalledService;
  readonly progress: Progress;
  readonly counts: Tally;
  readonly freshness: 'Now' | 'Recent';
  /** When its endpoints are dialled; left out, where requests fail. */
  readonly dials?: 'Always' | 'WhereRequestsFail';
}

/** Everything known of a target now. */
export async function gather(request: EvidenceRequest): Promise<TargetEvidence> {
  const { context, target, progress, counts, freshness } = request;
  const { cluster, proxy } = await lookAtSidecar(context, target, freshness);
  const isDialled = counts.lastFailure !== undefined || request.dials === 'Always';
  const dials = isDialled ? await dialHosts(context, target, cluster) : [];
  return {
    attempts: progress.attempts,
    ...(progress.reachedAfterMs === undefined ? {} : { reachedAfterMs: progress.reachedAfterMs }),
    lookup: {
      ...(progress.address === undefined ? {} : { address: progress.address }),
      ...(progress.lookupError === undefined ? {} : { error: progress.lookupError }),
    },
    ...(counts.lastFailure === undefined ? {} : { lastFailure: counts.lastFailure }),
    answers: counts.answers,
    identities: counts.identities,
    proxy,
    dials,
  };
}

interface SidecarView {
  readonly cluster: ProxyCluster | undefined;
  readonly proxy: TargetEvidence['proxy'];
}

/** The Service as the sidecar holds it now, or a moment ago where nothing is measured. */
async function lookAtSidecar(
  context: CallContext,
  { service, port }: CalledService,
  freshness: 'Now' | 'Recent',
): Promise<SidecarView> {
  const since = context.clock.monotonic() - (freshness === 'Now' ? 0 : recentMs);
  try {
    const cluster = proxyCluster(await context.readSidecar(since), { service, port, namespace: context.namespace });
    return { cluster, proxy: proxyEvidence(cluster) };
  } catch (error) {
    return { cluster: undefined, proxy: { state: 'Unreadable', error: asIsthmusError(error).message } };
  }
}

/** An east-west gateway picks the Service by this TLS server name (Istio, AUTO_PASSTHROUGH; BuildDNSSrvSubsetKey). */
function dialHosts(
  { wire }: CallContext,
  { port }: CalledService,
  cluster: ProxyCluster | undefined,
): Promise<DialResult[]> {
  const hosts = cluster?.hosts.slice(0, maxDials) ?? [];
  const serverName = `outbound_.${port}_._.${cluster?.host ?? ''}`;
  return mapConcurrent(hosts, maxDials, (host) =>
    wire.dial({ address: host.address, port: host.port, serverName, timeoutMs: dialTimeoutMs }),
  );
}
