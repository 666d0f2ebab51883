import { type Clock, timeOf } from '../../base/clock.ts';
import { asIsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { callerObstacle } from '../../diagnose/checks/request/obstacles.ts';
import { sidecarRefusal } from '../../diagnose/checks/request/set-up.ts';
import type { Member } from '../../diagnose/facts/pair.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../objects/object.ts';
import { probeNamespace } from '../../objects/ownership.ts';
import { type KeptLine, parseKeptLines } from '../../probe/keep-protocol.ts';
import { probeContainer } from '../../probe/protocol.ts';
import type { ClusterFacts } from '../facts.ts';
import { hasSidecar } from '../manifests.ts';
import { podStateOf } from '../pod-state.ts';
import { everySeconds, keptPodLabels } from './objects.ts';

export interface KeptReading {
  /** The pod that said it; undefined where there is none. */
  readonly pod: string | undefined;
  /** What it said lately, in its order. */
  readonly lines: readonly KeptLine[];
  readonly facts: ClusterFacts;
  /** Why it sends no requests; undefined where it does. */
  readonly obstacle: Finding | undefined;
}

export interface KeptReadOptions {
  readonly member: Member;
  readonly injectionLabels: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const callTimeoutMs = 10_000;
/** What a pod said longer ago tells nothing of now. Its node counts that, so that no clock of ours matters. */
const sinceSeconds = 3 * everySeconds;

/** What the kept probe of a cluster said lately. Rejects where the cluster does not answer. */
export async function readKept(client: KubeClient, options: KeptReadOptions): Promise<KeptReading> {
  const { member, clock, signal } = options;
  const where = { namespace: probeNamespace, labelSelector: keptPodLabels, signal, timeoutMs: callTimeoutMs };
  const pod = speaking(await client.list({ apiVersion: 'v1', kind: 'Pod' }, where));
  const state = podStateOf(pod);
  const base: ClusterFacts = {
    member,
    problem: undefined,
    server: state,
    client: state,
    sidecar: undefined,
    targets: new Map(),
    logProblem: undefined,
    readAt: timeOf(clock),
  };
  if (pod === undefined) return { pod: undefined, lines: [], facts: base, obstacle: obstacleOf(base, []) };
  if (!hasSidecar(pod)) {
    const obstacle = sidecarRefusal(member.name, options.injectionLabels, base.readAt);
    return { pod: keyOf(pod), lines: [], facts: { ...base, problem: obstacle }, obstacle };
  }
  if (!state.started) return { pod: keyOf(pod), lines: [], facts: base, obstacle: obstacleOf(base, []) };
  const said = await readLog(client, pod, signal);
  const lines = said.lines.filter((line) => line.type === 'probe');
  const proxy = said.lines.findLast((line) => line.type === 'proxy');
  const facts: ClusterFacts = {
    ...base,
    sidecar: lines.length > 0 ? { state: 'Ready', detail: '' } : proxy,
    logProblem: said.problem,
    targets: new Map(lines.map((line) => [line.service, { state: 'Result', evidence: evidenceOf(line) }])),
  };
  return { pod: keyOf(pod), lines, facts, obstacle: obstacleOf(facts, lines) };
}

/** A probe that has said something has no obstacle, whatever its pod looks like. */
function obstacleOf(facts: ClusterFacts, lines: readonly KeptLine[]): Finding | undefined {
  return lines.length > 0 ? undefined : callerObstacle(facts)?.finding;
}

/** While a Deployment is rolled out there are two: the newer one speaks as soon as it runs. */
function speaking(pods: readonly KubeObject[]): KubeObject | undefined {
  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const sorted = living.toSorted((a, b) => (madeAt(a) < madeAt(b) ? 1 : -1));
  return sorted.find((pod) => podStateOf(pod).started) ?? sorted[0];
}

function madeAt({ metadata }: KubeObject): string {
  return String(metadata.creationTimestamp ?? '');
}

function keyOf({ metadata }: KubeObject): string {
  return metadata.uid ?? metadata.name;
}

interface Said {
  readonly lines: ReturnType<typeof parseKeptLines>;
  readonly problem: string | undefined;
}

async function readLog(client: KubeClient, { metadata: { name } }: KubeObject, signal: AbortSignal): Promise<Said> {
  try {
    const options = { container: probeContainer, sinceSeconds, signal, timeoutMs: callTimeoutMs };
    const text = await client.logs({ namespace: probeNamespace, name }, options);
    return { lines: parseKeptLines(text), problem: undefined };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = asIsthmusError(thrown);
    if (error.code === 'cluster-unreachable') throw error;
    return { lines: [], problem: error.message };
  }
}

/** A request as the judgements of a run take it: measured once, and reached where it was answered. */
export function evidenceOf({ latencyMs, evidence }: KeptLine): KeptLine['evidence'] {
  const failures = latencyMs === null ? 1 : 0;
  const measured = { requests: 1, failures, p50Ms: latencyMs, p99Ms: latencyMs, earlierFailures: 0 };
  return { ...evidence, measured, ...(latencyMs === null ? {} : { reachedAfterMs: latencyMs }) };
}
