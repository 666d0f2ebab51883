import { type Clock, timeOf } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { type ReachAttempt, reachFindings, untestedReach } from '../diagnose/checks/join/reach.ts';
import type { KubeClient } from '../kube/client.ts';
import { isLoopbackServer } from '../kube/transport/proxy.ts';
import type { KubeObject } from '../objects/object.ts';
import { managedByLabel, managedByValue, meshLabel } from '../objects/ownership.ts';
import { containerOfProbe } from '../probe/container.ts';
import { probeContainer } from '../probe/protocol.ts';
import { parseReachLines, type ReachLine, type ReachPlan, type ReachTarget } from '../probe/reach.ts';
import { expiresAnnotation, purposeLabel, purposeValue } from '../verify/manifests.ts';
import { podStateOf } from '../verify/pod-state.ts';

export interface ReachSettings {
  readonly mesh: string;
  /** The cluster that joins, which the findings are about. */
  readonly joining: string;
  /** The image that runs `isthmus probe`. */
  readonly image: string;
  /** A random DNS label for the name of the namespace. */
  readonly runId: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long the pod may take to start and to answer, in milliseconds. */
  readonly patienceMs: number;
}

const pollMs = 250;
const callTimeoutMs = 10_000;
/** After this time anyone may delete the namespace; `verify` does. */
const lifetimeMs = 300_000;

/**
 * Opens API servers from a throw-away pod in a cluster, as the istiod there will have to: what this machine reaches says
 * nothing about it. What cannot be tested is a warning. The pod is deleted however it ends.
 */
export async function reachFrom(
  client: KubeClient,
  targets: readonly ReachTarget[],
  settings: ReachSettings,
): Promise<readonly Finding[]> {
  const loopback = targets.filter(({ server }) => isLoopbackServer(server));
  const others = targets.filter(({ server }) => !isLoopbackServer(server));
  const attempt = (target: ReachTarget): ReachAttempt => attemptOf(client.cluster, target, settings);
  const found = loopback.flatMap((target) => reachFindings(attempt(target), 'Loopback', ''));
  if (others.length === 0) return found;
  const namespace = `isthmus-join-${settings.runId}`;
  try {
    const lines = await runPod(client, { namespace, targets: others }, settings);
    return [...found, ...others.flatMap((target) => judge(attempt(target), lines))];
  } catch (thrown) {
    settings.signal.throwIfAborted();
    const at = timeOf(settings.clock);
    return [
      ...found,
      untestedReach({ joining: settings.joining, from: client.cluster, at }, asIsthmusError(thrown).message),
    ];
  } finally {
    const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
    await client.delete(ref, { timeoutMs: callTimeoutMs }).catch(() => undefined);
  }
}

interface PodRun {
  readonly namespace: string;
  readonly targets: readonly ReachTarget[];
}

/** What the pod wrote until every target was tried, or until it cannot be expected to write more. */
async function runPod(
  client: KubeClient,
  { namespace, targets }: PodRun,
  settings: ReachSettings,
): Promise<readonly ReachLine[] | string> {
  const { clock, signal, patienceMs } = settings;
  const call = { signal, timeoutMs: callTimeoutMs };
  for (const object of objectsOf(namespace, { targets: [...targets] }, settings)) await client.create(object, call);
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    const pod = await client.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: podName }, call);
    const state = podStateOf(pod);
    const lines = state.started
      ? parseReachLines(await client.logs({ namespace, name: podName }, { ...call, container: probeContainer }))
      : [];
    if (lines.length === targets.length) return lines;
    if (state.failed || clock.monotonic() >= until) return lines.length > 0 ? lines : state.detail;
    await clock.sleep(pollMs, signal);
  }
}

const podName = 'reach';

function objectsOf(namespace: string, plan: ReachPlan, settings: ReachSettings): readonly KubeObject[] {
  const { mesh, clock, image } = settings;
  const labels = {
    [managedByLabel]: managedByValue,
    [meshLabel]: mesh,
    [purposeLabel]: purposeValue,
    'istio-injection': 'disabled',
  };
  const annotations = { [expiresAnnotation]: new Date(clock.now() + lifetimeMs).toISOString() };
  const metadata = { name: podName, namespace, labels: { [managedByLabel]: managedByValue, [meshLabel]: mesh } };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels, annotations } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: {
        serviceAccountName: podName,
        automountServiceAccountToken: false,
        restartPolicy: 'Never',
        activeDeadlineSeconds: lifetimeMs / 1000,
        terminationGracePeriodSeconds: 1,
        enableServiceLinks: false,
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        containers: [containerOfProbe({ image, args: ['probe', 'reach'], plan })],
      },
    },
  ];
}

function attemptOf(
  from: string,
  { cluster: to, server }: ReachTarget,
  { joining, clock }: ReachSettings,
): ReachAttempt {
  return { joining, from, to, server, at: timeOf(clock) };
}

/** `lines` are the pod's results, or why it gave none. */
function judge(attempt: ReachAttempt, lines: readonly ReachLine[] | string): readonly Finding[] {
  if (typeof lines === 'string') return [untestedReach(attempt, lines)];
  const line = lines.find(({ cluster }) => cluster === attempt.to);
  if (line === undefined) return [untestedReach(attempt, `the pod said nothing of ${attempt.to}`)];
  return reachFindings(attempt, line.outcome, line.detail);
}
