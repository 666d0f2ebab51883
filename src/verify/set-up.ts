import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeObject, refOf } from '../objects/object.ts';
import { targetsOf } from './checks.ts';
import type { ClusterRun, RunContext } from './cluster-run.ts';
import type { SetUpProblem } from './facts.ts';
import { clientPodOf, hasSidecar, namespaceOf, serverPodOf, supportOf } from './manifests.ts';

const callTimeoutMs = 10_000;
/** How long a cluster may take to answer at all: every client waits for the answers of all clusters. */
const reachTimeoutMs = 5_000;
/** Pause between two attempts to create a pod whose admission fails, e.g. while istiod's webhook is starting. */
const retryMs = 250;
/** How long to wait for the ConfigMap that every sidecar mounts; a pod made earlier waits for the kubelet's retry. */
const rootCertificateMs = 2_000;
const rootCertificateRetryMs = 40;

/**
 * Creates the run's namespace in a cluster. Where the cluster does not take it, that becomes the run's problem.
 * Rejects when aborted.
 */
export async function createNamespace(run: ClusterRun, client: KubeClient, context: RunContext): Promise<void> {
  run.cleanUp = 'Requested';
  try {
    await client.create(namespaceOf(run.spec), { signal: context.signal, timeoutMs: reachTimeoutMs });
  } catch (error) {
    context.signal.throwIfAborted();
    fail(run, clusterProblem(asIsthmusError(error)), context);
  }
}

/** Creates what the pods need, then the pods. What cannot be created becomes the run's problem; rejects when aborted. */
export async function createPods(run: ClusterRun, client: KubeClient, context: RunContext): Promise<void> {
  const problem = await createAll(run, client, context);
  if (problem !== undefined) fail(run, problem, context);
}

function fail(run: ClusterRun, problem: SetUpProblem, context: RunContext): void {
  run.problem = problem;
  context.report({ type: 'ClusterFailed', cluster: run.member.name, details: { message: problem.message } });
}

async function createAll(run: ClusterRun, client: KubeClient, context: RunContext): Promise<SetUpProblem | undefined> {
  const { spec } = run;
  const options = { signal: context.signal, timeoutMs: callTimeoutMs };
  try {
    await Promise.all(supportOf(spec).map((object) => client.create(object, options)));
  } catch (error) {
    context.signal.throwIfAborted();
    return clusterProblem(asIsthmusError(error));
  }
  await rootCertificate(run, client, context);
  try {
    const server = createPod(serverPodOf(spec), client, context);
    const [serverPod, clientPod] = await Promise.all([server, createClient(run, client, context)]);
    run.podsCreatedAt = context.clock.monotonic();
    return hasSidecar(serverPod) && hasSidecar(clientPod) ? undefined : sidecarProblem(run);
  } catch (error) {
    context.signal.throwIfAborted();
    return podProblem(run, asIsthmusError(error));
  }
}

/** The client calls only clusters that take part, so it waits until that is known. */
async function createClient(run: ClusterRun, client: KubeClient, context: RunContext): Promise<KubeObject> {
  run.planned = targetsOf(run.member, await context.members, context.requests);
  return createPod(clientPodOf(run.spec, run.planned), client, context);
}

/** Waits a moment for the ConfigMap that istiod puts into every namespace. Its absence shows later, in the pods. */
async function rootCertificate(run: ClusterRun, client: KubeClient, { clock, signal }: RunContext): Promise<void> {
  const until = clock.monotonic() + rootCertificateMs;
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: run.spec.namespace, name: 'istio-ca-root-cert' };
  while (clock.monotonic() < until) {
    const found = await client.get(ref, { signal, timeoutMs: callTimeoutMs }).catch(() => 'Unknown' as const);
    if (found !== undefined) return;
    await clock.sleep(rootCertificateRetryMs, signal);
  }
}

/** Creates a pod, again and again while the cluster's admission fails; gives the pod as it is stored. */
async function createPod(pod: KubeObject, client: KubeClient, context: RunContext): Promise<KubeObject> {
  const { clock, signal, patienceMs } = context;
  const options = { signal, timeoutMs: callTimeoutMs };
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    try {
      return await client.create(pod, options);
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asIsthmusError(thrown);
      // A create whose answer was lost and that is repeated meets its own pod.
      const existing = error.code === 'conflict' ? await client.get(refOf(pod), options) : undefined;
      if (existing !== undefined) return existing;
      if (!(error.retry || error.code === 'kubernetes-error') || clock.monotonic() >= until) throw error;
    }
    await clock.sleep(retryMs, signal);
  }
}

function clusterProblem(error: IsthmusError): SetUpProblem {
  const denied = 'verify creates a namespace with pods, Services and a Role: the account needs the rights to do so';
  return {
    at: 'Cluster',
    message: error.message,
    remedy: error.remedy ?? (error.code === 'access-denied' ? denied : '`isthmus status` shows which clusters answer'),
  };
}

function sidecarProblem({ member, spec }: ClusterRun): SetUpProblem {
  const labels = Object.entries(spec.injectionLabels).map(([key, value]) => `${key}=${value}`);
  return {
    at: 'Pods',
    message: `the pods in ${member.name} were created without a sidecar`,
    remedy: `no injection webhook in ${member.name} selects a namespace with the label ${labels.join(', ')}: compare \`kubectl get mutatingwebhookconfigurations\` and the Istio revision`,
  };
}

function podProblem({ member }: ClusterRun, error: IsthmusError): SetUpProblem {
  return {
    at: 'Pods',
    message: `a probe pod was refused: ${error.message}`,
    remedy:
      error.remedy ??
      `the message names what refused it in ${member.name}: an admission webhook that does not answer (istiod), Pod Security, or a quota`,
  };
}
