import { timeOf } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { type ClientLine, parseClientLines, probeContainer } from '../probe/protocol.ts';
import { onlyService } from './checks.ts';
import type { ClusterRun, RunContext } from './cluster-run.ts';
import { clientAccount, serverAccount } from './identity.ts';
import { isOver } from './patience.ts';
import { type PodState, podStateOf } from './pod-state.ts';

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
    const started = run.state.server.ready && run.state.clientPod.started;
    if (!started || look % podsEvery === 0) await readPods(run, client, context);
    if (run.state.clientPod.started) await readLog(run, client, context);
    if (run.state.complete) return;
    const slow = clock.monotonic() - context.startedAt > slowAfterMs;
    await clock.sleep(slow ? slowPollMs : pollMs, signal);
  }
}

async function readPods(run: ClusterRun, client: KubeClient, context: RunContext): Promise<void> {
  const { signal, clock } = context;
  const { name } = run.member;
  const { podsReadyAt: before } = run.state;
  try {
    const where = { namespace: run.spec.namespace, signal, timeoutMs: callTimeoutMs };
    const pods = await client.list({ apiVersion: 'v1', kind: 'Pod' }, where);
    const stateOf = (account: string): PodState => podStateOf(pods.find((pod) => pod.metadata.name === account));
    const seen = { server: stateOf(serverAccount(name)), client: stateOf(clientAccount(name)) };
    run.record({ type: 'PodsSeen', ...seen, at: clock.monotonic(), readAt: timeOf(clock) });
  } catch (error) {
    signal.throwIfAborted();
    run.record({ type: 'Unread', what: 'Pods', problem: asIsthmusError(error).message });
    return;
  }
  const { podsReadyAt } = run.state;
  if (before !== undefined || podsReadyAt === undefined) return;
  context.report({ type: 'PodsReady', cluster: name, details: { afterMs: podsReadyAt - context.startedAt } });
}

async function readLog(run: ClusterRun, client: KubeClient, context: RunContext): Promise<void> {
  const { signal } = context;
  const pod = { namespace: run.spec.namespace, name: clientAccount(run.member.name) };
  try {
    const text = await client.logs(pod, { container: probeContainer, signal, timeoutMs: callTimeoutMs });
    run.record({ type: 'LogRead', readAt: timeOf(context.clock) });
    for (const line of parseClientLines(text)) takeLine(run, line, context);
  } catch (error) {
    signal.throwIfAborted();
    run.record({ type: 'Unread', what: 'Log', problem: asIsthmusError(error).message });
  }
}

/** Takes one line of a client's output; lines come again with every look, so what is known is not reported again. */
function takeLine(run: ClusterRun, line: ClientLine, context: RunContext): void {
  switch (line.type) {
    case 'proxy': {
      const sidecar = { state: line.state, detail: line.detail };
      run.record({ type: 'Sidecar', sidecar, at: context.clock.monotonic() });
      return;
    }
    case 'reached':
      if (!run.state.reached.has(line.service)) takeReached(run, line.service, context);
      return;
    case 'pending':
      run.record({ type: 'Pending', service: line.service, evidence: line.evidence });
      return;
    case 'result':
      if (run.state.targets.get(line.service)?.state === 'Result') return;
      run.record({ type: 'Measured', service: line.service, evidence: line.evidence });
      context.report({ type: 'Measured', cluster: run.member.name, details: { service: line.service } });
      return;
    case 'complete':
      run.record({ type: 'Complete' });
  }
}

function takeReached(run: ClusterRun, service: string, context: RunContext): void {
  run.record({ type: 'Reached', service });
  const { name } = run.member;
  const afterMs = context.clock.monotonic() - context.startedAt;
  context.report({ type: 'Reached', cluster: name, details: { service, afterMs } });
  const others = run.spec.clusters.filter((cluster) => cluster !== name);
  if (others.some((cluster) => service === onlyService(cluster))) context.onCrossCluster();
}
