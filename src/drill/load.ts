import { timeOf } from '../base/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import { parseLoadLines } from '../probe/load-protocol.ts';
import { probeContainer } from '../probe/protocol.ts';
import { sharedService } from '../verify/checks.ts';
import { cleanUp } from '../verify/clean-up.ts';
import { type ClusterRun, newClusterRun, type RunContext } from '../verify/cluster-run.ts';
import { clientAccount } from '../verify/identity.ts';
import { loadPodOf } from '../verify/manifests.ts';
import { createNamespace, createPods } from '../verify/set-up.ts';
import { refusedDrill } from './breaking.ts';
import type { DrillContext } from './context.ts';
import type { ServiceName } from './fault.ts';
import { isCalm, type SentSpan } from './timeline.ts';

/** A cluster of the mesh, and the labels by which its Istio injects sidecars into a namespace. */
export interface LoadCluster {
  readonly name: string;
  readonly network: string;
  readonly istiodIn: string;
  readonly injectionLabels: Readonly<Record<string, string>>;
}

export interface LoadOptions {
  readonly clusters: readonly LoadCluster[];
  readonly image: string;
  /** A random DNS label. */
  readonly runId: string;
  readonly perSecond: number;
  /** For how long it is needed, in milliseconds. */
  readonly lifetimeMs: number;
}

/** The requests by which a drill sees what happens. */
export interface DrillLoad extends AsyncDisposable {
  /** What is called. */
  readonly service: ServiceName;
  /** What every caller has sent so far, by its cluster and by the clock of this process. */
  sent(): Promise<ReadonlyMap<string, readonly SentSpan[]>>;
  /** Waits until every caller is answered steadily. Throws `drill-refused` where that does not come. */
  calm(): Promise<void>;
}

const podPatienceMs = 120_000;
const calmPatienceMs = 120_000;
const lookMs = 1_000;

/**
 * Makes throw-away namespaces with a server and a caller in every cluster, and waits until every caller is answered steadily. They go
 * when the load is disposed, and by themselves later. Throws `drill-refused` where that does not come.
 */
export async function startLoad(context: DrillContext, options: LoadOptions): Promise<DrillLoad> {
  const { clock, report, signal } = context;
  const namespace = `isthmus-drill-${options.runId}`;
  const runs = options.clusters.map((cluster) => runOf(context, cluster, { ...options, namespace }));
  report({ type: 'Preparing', details: { namespace, clusters: runs.map(({ member }) => member.name) } });
  const sent: DrillLoad['sent'] = async () => await sentBy(runs, signal);
  const load: DrillLoad = {
    service: { namespace, name: sharedService },
    sent,
    calm: async () => await calm(sent, context),
    async [Symbol.asyncDispose]() {
      const silent = { mode: 'Delete', clock, report: () => undefined } as const;
      await Promise.all(runs.map(async (run) => run.client && (await cleanUp(run, run.client, silent))));
    },
  };
  try {
    await createAll(runs, context, options.perSecond);
    await load.calm();
  } catch (thrown) {
    await load[Symbol.asyncDispose]();
    throw thrown;
  }
  report({ type: 'Loaded', details: { callers: runs.map(({ member }) => member.name), perSecond: options.perSecond } });
  return load;
}

function runOf(
  { mesh, clients, clock }: DrillContext,
  { injectionLabels, ...member }: LoadCluster,
  { namespace, clusters, image, lifetimeMs }: LoadOptions & { readonly namespace: string },
): ClusterRun {
  const seconds = Math.ceil((lifetimeMs + podPatienceMs + calmPatienceMs) / 1000);
  const spec = {
    mesh,
    namespace,
    cluster: member.name,
    clusters: clusters.map(({ name }) => name),
    image,
    args: ['probe'],
    injectionLabels,
    expires: new Date(clock.now() + (seconds + 120) * 1000).toISOString(),
    clientSeconds: seconds,
    lifetimeSeconds: seconds + 120,
  };
  return newClusterRun(member, clients.get(member.name), spec, timeOf(clock));
}

async function createAll(
  runs: readonly ClusterRun[],
  { clock, signal }: DrillContext,
  perSecond: number,
): Promise<void> {
  const running: RunContext = {
    clock,
    signal,
    startedAt: clock.monotonic(),
    report: () => undefined,
    podPatienceMs,
    patienceMs: podPatienceMs,
    requests: 1,
    members: Promise.resolve(runs.map(({ member }) => member)),
    clientPod: (spec) => loadPodOf(spec, perSecond),
    onCrossCluster: () => undefined,
  };
  await Promise.all(
    runs.map(async (run) => {
      if (run.client === undefined) return;
      await createNamespace(run, run.client, running);
      if (run.state.problem === undefined) await createPods(run, run.client, running);
    }),
  );
  const problem = runs.map(({ state }) => state.problem).find((one) => one !== undefined);
  if (problem !== undefined) throw refusedDrill(problem.message, 'correct that, and try again');
}

/** Callers whose pods do not answer yet have sent nothing. */
async function sentBy(
  runs: readonly ClusterRun[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly SentSpan[]>> {
  const read = await Promise.all(
    runs.map(async ({ member, client, spec }) => {
      const pod = { namespace: spec.namespace, name: clientAccount(member.name) };
      const text = await client?.logs(pod, { container: probeContainer, signal }).catch(() => {
        signal.throwIfAborted();
        return undefined;
      });
      const lag = skewOf(client);
      return [member.name, parseLoadLines(text ?? '').map((span) => ({ ...span, at: span.at + lag }))] as const;
    }),
  );
  return new Map(read);
}

/** A server's clock is read to the second: less than this is no difference. */
const knownSkewMs = 2_000;

function skewOf(client: KubeClient | undefined): number {
  const lag = client?.clockLagMs?.() ?? 0;
  return Math.abs(lag) < knownSkewMs ? 0 : lag;
}

async function calm(sent: DrillLoad['sent'], { clock, signal }: DrillContext): Promise<void> {
  const until = clock.monotonic() + podPatienceMs + calmPatienceMs;
  for (;;) {
    const restless = [...(await sent())].filter(([, spans]) => !isCalm(spans));
    const [first] = restless;
    if (first === undefined) return;
    if (clock.monotonic() > until) {
      const [cluster, spans] = first;
      const why = spans.at(-1)?.failure ?? (spans.length === 0 ? 'its pod does not run' : 'its answers still change');
      throw refusedDrill(
        `requests from ${cluster} are not answered steadily: ${why}`,
        'see that the mesh is healthy first',
      );
    }
    await clock.sleep(lookMs, signal);
  }
}
