import type { Clock } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import type { KubeClient } from '../kube/client.ts';
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
/** After this time anybody may delete the namespace; `verify` does. */
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
  const loopback = targets.filter(({ server }) => isLoopback(server));
  const others = targets.filter(({ server }) => !isLoopback(server));
  const found = loopback.map((target) =>
    unreachable(settings, 'error', {
      message: `${client.cluster} is to reach the API server of ${target.cluster} at ${target.server}, which means every machine itself`,
      remedy: `set spec.peerServer of ${target.cluster} to the address that pods of ${client.cluster} reach it by`,
    }),
  );
  if (others.length === 0) return found;
  const namespace = `isthmus-join-${settings.runId}`;
  try {
    const lines = await runPod(client, { namespace, targets: others }, settings);
    return [...found, ...others.flatMap((target) => judge(client.cluster, { target, lines }, settings))];
  } catch (thrown) {
    settings.signal.throwIfAborted();
    return [...found, untested(client.cluster, asIsthmusError(thrown).message, settings)];
  } finally {
    const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
    await client.delete(ref, { timeoutMs: callTimeoutMs }).catch(() => undefined);
  }
}

function isLoopback(server: string): boolean {
  return /^(localhost|127\..+|\[::1\]|0\.0\.0\.0)$/.test(new URL(server).hostname);
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
  const metadata = { name: podName, namespace, labels: { [meshLabel]: mesh } };
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

interface Tried {
  readonly target: ReachTarget;
  /** The pod's results, or why it gave none. */
  readonly lines: readonly ReachLine[] | string;
}

function judge(from: string, { target, lines }: Tried, settings: ReachSettings): readonly Finding[] {
  if (typeof lines === 'string') return [untested(from, lines, settings)];
  const line = lines.find(({ cluster }) => cluster === target.cluster);
  if (line === undefined) return [untested(from, `the pod said nothing of ${target.cluster}`, settings)];
  const remedy = `istiod in ${from} reads ${target.cluster} through it: set spec.peerServer of ${target.cluster} to an address that pods of ${from} reach and its certificate names`;
  switch (line.outcome) {
    case 'Reached':
      return [];
    case 'Untrusted': {
      const message = `pods of ${from} find another certificate at ${target.server}, the API server of ${target.cluster}: ${line.detail}`;
      return [unreachable(settings, 'error', { message, remedy })];
    }
    case 'NotReached': {
      const message = `pods of ${from} do not reach the API server of ${target.cluster} at ${target.server}: ${line.detail}`;
      return [unreachable(settings, 'error', { message, remedy })];
    }
  }
}

function untested(from: string, reason: string, settings: ReachSettings): Finding {
  return unreachable(settings, 'warning', {
    message: `nobody can say whether pods of ${from} reach the API server they need: ${reason}`,
    remedy: 'the test runs the image of Isthmus in a pod; --probe-image names a copy that the cluster can pull',
  });
}

function unreachable(
  { joining }: ReachSettings,
  severity: Finding['severity'],
  text: Pick<Finding, 'message' | 'remedy'>,
): Finding {
  return { code: 'join-unreachable', severity, cluster: joining, ...text };
}
