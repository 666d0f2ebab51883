import { asIsthmusError } from '../base/error.ts';
import { isJsonObject, type JsonObject, textAt, valueAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { conditionOf, containerProblem, containerStatuses, isHopeless } from '../objects/pod-problem.ts';

/** What keeps a Deployment from being available. */
export interface RolloutObstacle {
  /** In words: `container discovery waits: ErrImagePull: … not found`. */
  readonly text: string;
  /** How long it must last until it counts as one that does not end by itself; left out, it may end at any time. In milliseconds. */
  readonly lastsMs?: number;
  readonly pod?: string;
  /** The container whose log says more. */
  readonly crashed?: string;
}

/** The same refusal of a pod's creation for so long is none of a cache that lags. */
const refusedMs = 15_000;
/** An autoscaler of nodes says within this that it adds one. */
const unschedulableMs = 60_000;
/** The container's fifth start and later: a minute and more of attempts. */
const crashes = 4;

const refusedForGood = /exceeded quota|is forbidden|serviceaccount "[^"]*" not found|is invalid/;

/** Reads what keeps the newest pods of a Deployment from running; undefined where nothing is known to. */
export async function readRolloutObstacle(
  client: KubeClient,
  deployment: KubeObject | undefined,
  signal: AbortSignal,
): Promise<RolloutObstacle | undefined> {
  if (deployment === undefined) return undefined;
  if (valueAt(deployment, ['spec', 'replicas']) === 0) return { text: 'it is scaled to 0', lastsMs: 0 };
  if (valueAt(deployment, ['spec', 'paused']) === true) return { text: 'its rollout is paused', lastsMs: 0 };
  const generation = valueAt(deployment, ['metadata', 'generation']);
  if (valueAt(deployment, ['status', 'observedGeneration']) !== generation) return undefined;
  const [pods, hash] = await newestPods(client, deployment, signal);
  if (hash === undefined) return undefined;
  const failure = conditionOf(deployment, 'ReplicaFailure');
  if (failure?.status === 'True') {
    const message = textAt(failure, ['message']) ?? '';
    return { text: `no pod is made: ${message}`, ...(refusedForGood.test(message) ? { lastsMs: refusedMs } : {}) };
  }
  for (const pod of pods) {
    const found = await podObstacle(client, pod, signal);
    if (found !== undefined) return found;
  }
  return undefined;
}

const revision = 'deployment.kubernetes.io/revision';

/** The pods of the newest template: those of an older one are on their way out. */
async function newestPods(
  client: KubeClient,
  { metadata, spec }: KubeObject,
  signal: AbortSignal,
): Promise<readonly [pods: readonly KubeObject[], hash: string | undefined]> {
  const labels = valueAt(spec, ['selector', 'matchLabels']);
  const labelSelector = Object.entries(isJsonObject(labels) ? labels : {})
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(',');
  const query = { namespace: metadata.namespace ?? '', labelSelector, signal };
  const sets = await client.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, { ...query, content: 'Metadata' });
  const newest = sets.find((set) => set.metadata.annotations?.[revision] === metadata.annotations?.[revision]);
  const hash = newest?.metadata.labels?.['pod-template-hash'];
  if (hash === undefined) return [[], undefined];
  const pods = await client.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { ...query, labelSelector: `${labelSelector},pod-template-hash=${hash}` },
  );
  return [pods.filter(({ metadata: { deletionTimestamp } }) => deletionTimestamp === undefined), hash];
}

async function podObstacle(
  client: KubeClient,
  pod: KubeObject,
  signal: AbortSignal,
): Promise<RolloutObstacle | undefined> {
  const { name } = pod.metadata;
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    const text = `no node takes pod ${name}: ${textAt(scheduled, ['message']) ?? 'Unschedulable'}`;
    const help = await nodeIsComing(client, pod, signal);
    if (help === 'No') return { text, pod: name, lastsMs: unschedulableMs };
    // What is not known may end at any time.
    return { text: help === 'Yes' ? text : `${text}; whether a node is added is unknown: ${help.unknown}`, pod: name };
  }
  return containerStatuses(pod)
    .map((status) => containerObstacle(name, status))
    .find((found) => found !== undefined);
}

function containerObstacle(pod: string, status: JsonObject): RolloutObstacle | undefined {
  const problem = containerProblem(status);
  if (problem === undefined) return undefined;
  const { container, reason } = problem;
  const found = { text: `pod ${pod}: ${problem.text}`, pod };
  if (reason !== 'CrashLoopBackOff') return isHopeless(problem) ? { ...found, lastsMs: patienceFor(reason) } : found;
  const starts = typeof status.restartCount === 'number' ? status.restartCount : 0;
  // The back-off's own words name its length, which grows.
  const text = `pod ${pod}: container ${container} crashed ${starts} times`;
  return { ...found, text, crashed: container, ...(starts >= crashes ? { lastsMs: 0 } : {}) };
}

/** What a container's configuration names may still come; an image that a registry does not have does not. */
function patienceFor(reason: string): number {
  return reason === 'CreateContainerConfigError' ? refusedMs : 0;
}

/** Whether an autoscaler of nodes says that it adds one for the pod. */
async function nodeIsComing(
  client: KubeClient,
  { metadata }: KubeObject,
  signal: AbortSignal,
): Promise<'Yes' | 'No' | { readonly unknown: string }> {
  const { name, namespace = '' } = metadata;
  const query = { namespace, fieldSelector: `involvedObject.name=${name}`, signal };
  try {
    const events = await client.list({ apiVersion: 'v1', kind: 'Event' }, query);
    return events.some(({ reason }) => reason === 'TriggeredScaleUp' || reason === 'Nominated') ? 'Yes' : 'No';
  } catch (error) {
    signal.throwIfAborted();
    return { unknown: asIsthmusError(error).message };
  }
}

/** The last line that a container wrote before it ended; empty where none can be read. */
export async function lastLogLine(
  client: KubeClient,
  pod: { readonly namespace: string; readonly name: string; readonly container: string },
  signal: AbortSignal,
): Promise<string> {
  const { container } = pod;
  const log = await client.logs(pod, { container, tailLines: 5, signal }).catch(() => '');
  signal.throwIfAborted();
  return log.trim().split('\n').at(-1)?.slice(0, 400) ?? '';
}
