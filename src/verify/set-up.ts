import { timeOf } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { partition } from '../base/partition.ts';
import { clusterRefusal, podRefusal, sidecarRefusal } from '../diagnose/checks/request/set-up.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeObject, refOf } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import { targetsOf } from './checks.ts';
import type { ClusterRun, RunContext } from './cluster-run.ts';
import { clientPodOf, hasSidecar, namespaceOf, serverPodOf, supportOf } from './manifests.ts';

const callTimeoutMs = 10_000;
/** How long a cluster may take to answer at all: every client waits for the answers of all clusters. */
const reachTimeoutMs = 5_000;
/** Pause between two attempts to create a pod whose admission fails, e.g. while istiod's webhook is starting. */
const retryMs = 250;
/**
 * How long to wait for the ConfigMap that every sidecar mounts. A pod made earlier waits for the kubelet's retries, whose
 * pauses double: up to a minute more. The istiod that writes it is the one that was elected, and where that one is gone
 * without a word its lease of 30 s has to end first (pilot/pkg/leaderelection/leaderelection.go).
 */
const soon = { withinMs: 2_000, everyMs: 40 };
const late = { withinMs: 38_000, everyMs: 500 };

/**
 * Creates the run's namespace in a cluster. Where the cluster does not take it, that becomes the run's problem.
 * Rejects when aborted.
 */
export async function createNamespace(run: ClusterRun, client: KubeClient, context: RunContext): Promise<void> {
  run.record({ type: 'NamespaceRequested' });
  try {
    await client.create(namespaceOf(run.spec), { signal: context.signal, timeoutMs: reachTimeoutMs });
  } catch (error) {
    context.signal.throwIfAborted();
    fail(run, clusterRefusal(run.member.name, asIsthmusError(error), timeOf(context.clock)), context);
  }
}

/** Creates what the pods need, then the pods. What cannot be created becomes the run's problem; rejects when aborted. */
export async function createPods(run: ClusterRun, client: KubeClient, context: RunContext): Promise<void> {
  const problem = await createAll(run, client, context);
  if (problem !== undefined) fail(run, problem, context);
}

function fail(run: ClusterRun, problem: Finding, context: RunContext): void {
  run.record({ type: 'Refused', problem });
  context.report({ type: 'ClusterFailed', cluster: run.member.name, details: { message: problem.message } });
}

async function createAll(run: ClusterRun, client: KubeClient, context: RunContext): Promise<Finding | undefined> {
  const { spec } = run;
  const options = { signal: context.signal, timeoutMs: callTimeoutMs };
  try {
    // The API server looks at the role of a binding, unless its maker may give any.
    const [bindings, others] = partition(supportOf(spec), ({ kind }) => kind === 'RoleBinding');
    await Promise.all(others.map((object) => client.create(object, options)));
    await Promise.all(bindings.map((object) => client.create(object, options)));
    await rootCertificate(run, client, context);
  } catch (error) {
    context.signal.throwIfAborted();
    return clusterRefusal(run.member.name, asIsthmusError(error), timeOf(context.clock));
  }
  try {
    const server = createPod(serverPodOf(spec), client, context);
    const [serverPod, clientPod] = await Promise.all([server, createClient(run, client, context)]);
    run.record({ type: 'PodsCreated', at: context.clock.monotonic() });
    if (hasSidecar(serverPod) && hasSidecar(clientPod)) return undefined;
    return sidecarRefusal(run.member.name, spec.injectionLabels, timeOf(context.clock));
  } catch (error) {
    context.signal.throwIfAborted();
    return podRefusal(run.member.name, asIsthmusError(error), timeOf(context.clock));
  }
}

/** The client calls only clusters that take part, so it waits until that is known. */
async function createClient(run: ClusterRun, client: KubeClient, context: RunContext): Promise<KubeObject> {
  if (context.clientPod !== undefined) return createPod(context.clientPod(run.spec), client, context);
  const targets = targetsOf(run.member, await context.members, context.requests);
  run.record({ type: 'Planned', targets });
  return createPod(clientPodOf(run.spec, targets), client, context);
}

/**
 * Waits for the ConfigMap that istiod puts into every namespace: a moment, or longer where the cluster's webhook admits
 * pods all the same. Its absence shows later, in the pods.
 */
async function rootCertificate(run: ClusterRun, client: KubeClient, context: RunContext): Promise<void> {
  if (await hasRootCertificate(run, client, { ...context, waits: soon })) return;
  if (await isAdmitted(run, client, context)) await hasRootCertificate(run, client, { ...context, waits: late });
}

interface RootCertificateWait extends Pick<RunContext, 'clock' | 'signal'> {
  readonly waits: { readonly withinMs: number; readonly everyMs: number };
}

/** False where it does not come within the time, true also where it cannot be read now. Throws where it may not be read. */
async function hasRootCertificate(
  { spec: { namespace } }: ClusterRun,
  client: KubeClient,
  { clock, signal, waits: { withinMs, everyMs } }: RootCertificateWait,
): Promise<boolean> {
  const until = clock.monotonic() + withinMs;
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'istio-ca-root-cert' };
  while (clock.monotonic() < until) {
    const found = await client.get(ref, { signal, timeoutMs: callTimeoutMs }).catch((error: unknown) => {
      if (asIsthmusError(error).code === 'access-denied') throw error;
      return 'Unknown' as const;
    });
    if (found !== undefined) return true;
    await clock.sleep(everyMs, signal);
  }
  return false;
}

/** Whether the cluster would take the server's pod, and with a sidecar, now. */
async function isAdmitted({ spec }: ClusterRun, client: KubeClient, { signal }: RunContext): Promise<boolean> {
  const options = { fieldManager, dryRun: 'All', signal, timeoutMs: callTimeoutMs } as const;
  return await client.apply(serverPodOf(spec), options).then(hasSidecar, () => false);
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
