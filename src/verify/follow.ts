import { timeOf } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { type ClientLine, parseClientLines, probeContainer } from '../probe/protocol.ts';
import { onlyService } from './checks.ts';
import type { ClusterRun, RunContext } from './cluster-run.ts';
import { clientAccount, serverAccount } from './identity.ts';
import { isOver } from './patience.ts';
import { podStateOf } from './pod-state.ts';

const callTimeoutMs = 5_000;
/** Pause between two looks at a cluster: short while most runs end, longer where something does not work. */
const pollMs = 150;
const slowPollMs = 600;
const slowAfterMs = 15_000;
/** Every so many looks the pods are read again though they were ready: one may have died. */
const podsEvery = 10;

/** Follows a cluster's pods and its client's output until nothing more is to be expected. Rejects when aborted. */
export async function follow(
  run: ClusterRun,
  client: KubeClient,
  { context, runs }: { readonly context: RunContext; readonly runs: readonly ClusterRun[] },
): Promise<void> {
  const { clock, signal, podPatienceMs, patienceMs } = context;
  for (let look = 0; !isOver(run, runs, { now: clock.monotonic(), podPatienceMs, patienceMs }); look += 1) {
    if (!(run.server.ready && run.clientPod.started) || look % podsEvery === 0) await readPods(run, client, context);
    if (run.clientPod.started) await readLog(run, client, context);
    if (run.complete) return;
    const slow = clock.monotonic() - context.startedAt > slowAfterMs;
    await clock.sleep(slow ? slowPollMs : pollMs, signal);
  }
}

async function readPods(run: ClusterRun, client: KubeClient, context: RunContext): Promise<void> {
  const { signal, clock } = context;
  const { namespace } = run.spec;
  try {
    const pods = await client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, signal, timeoutMs: callTimeoutMs });
    const stateOf = (name: string): ClusterRun['server'] => podStateOf(pods.find((pod) => pod.metadata.name === name));
    run.server = stateOf(serverAccount(run.member.name));
    run.clientPod = stateOf(clientAccount(run.member.name));
    run.readAt = timeOf(clock);
  } catch (error) {
    signal.throwIfAborted();
    run.logProblem = asIsthmusError(error).message;
    return;
  }
  if (run.server.ready) run.serverReadyAt ??= clock.monotonic();
  if (run.podsReadyAt !== undefined || !run.server.ready || !run.clientPod.ready) return;
  run.podsReadyAt = clock.monotonic();
  const afterMs = run.podsReadyAt - context.startedAt;
  context.report({ type: 'PodsReady', cluster: run.member.name, details: { afterMs } });
}

async function readLog(run: ClusterRun, client: KubeClient, context: RunContext): Promise<void> {
  const { signal } = context;
  const pod = { namespace: run.spec.namespace, name: clientAccount(run.member.name) };
  try {
    const text = await client.logs(pod, { container: probeContainer, signal, timeoutMs: callTimeoutMs });
    run.logProblem = undefined;
    run.readAt = timeOf(context.clock);
    for (const line of parseClientLines(text)) takeLine(run, line, context);
  } catch (error) {
    signal.throwIfAborted();
    run.logProblem = asIsthmusError(error).message;
  }
}

/** Takes one line of a client's output; lines come again with every look, so taking one twice changes nothing. */
function takeLine(run: ClusterRun, line: ClientLine, context: RunContext): void {
  switch (line.type) {
    case 'proxy':
      run.sidecar = { state: line.state, detail: line.detail };
      if (line.state === 'Ready') run.sidecarReadyAt ??= context.clock.monotonic();
      return;
    case 'reached':
      takeReached(run, line.service, context);
      return;
    case 'pending':
      if (run.targets.get(line.service)?.state === 'Result') return;
      run.targets.set(line.service, { state: 'Pending', evidence: line.evidence });
      return;
    case 'result':
      if (run.targets.get(line.service)?.state !== 'Result') {
        context.report({ type: 'Measured', cluster: run.member.name, details: { service: line.service } });
      }
      run.targets.set(line.service, { state: 'Result', evidence: line.evidence });
      return;
    case 'complete':
      run.complete = true;
  }
}

function takeReached(run: ClusterRun, service: string, context: RunContext): void {
  if (run.reached.has(service)) return;
  run.reached.add(service);
  const { name } = run.member;
  const afterMs = context.clock.monotonic() - context.startedAt;
  context.report({ type: 'Reached', cluster: name, details: { service, afterMs } });
  const others = run.spec.clusters.filter((cluster) => cluster !== name);
  if (others.some((cluster) => service === onlyService(cluster))) context.onCrossCluster();
}
