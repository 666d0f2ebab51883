import { type Clock, timeOf } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { remedy, repeat } from '../base/remedy.ts';
import { clusterRefusal, outOfTime } from '../diagnose/checks/request/set-up.ts';
import type { Member } from '../diagnose/facts/pair.ts';
import type { KubeClient } from '../kube/client.ts';
import { assembleReport } from './assemble.ts';
import { type CleanUp, cleanUp } from './clean-up.ts';
import {
  type ClusterRun,
  clusterResultOf,
  factsOf,
  newClusterRun,
  type RunContext,
  type VerifyEvent,
  verifyReporter,
} from './cluster-run.ts';
import { follow } from './follow.ts';
import type { VerifyReport } from './report.ts';
import { createNamespace, createPods } from './set-up.ts';
import { sweep } from './sweep.ts';

/** A cluster to test, and the connection to it or why there is none. */
export interface VerifyCluster extends Member {
  readonly access: { readonly client: KubeClient } | { readonly error: IsthmusError };
  /** Labels that let its Istio inject sidecars into a namespace; default `istio-injection: enabled`. */
  readonly injectionLabels?: Readonly<Record<string, string>>;
}

export interface VerifyOptions {
  readonly mesh: string;
  readonly trustDomain: string;
  /** At least one; names and networks as the mesh file gives them. */
  readonly clusters: readonly VerifyCluster[];
  /** The image that runs `isthmus probe`. */
  readonly image: string;
  /** What the image's entrypoint is given before `server` or `client`; default `['probe']`. */
  readonly imageArgs?: readonly string[];
  /** A random DNS label: it makes the name of the run's namespaces. */
  readonly runId: string;
  readonly clock: Clock;
  /** Ends the run early; what it made is deleted nevertheless. */
  readonly signal: AbortSignal;
  /** Measured requests for every pair; default 20. */
  readonly requests?: number;
  /** Limit of the whole run without the cleaning up; default 120,000 ms. */
  readonly timeoutMs?: number;
  /** How long pods may take to start; default 60,000 ms. */
  readonly podPatienceMs?: number;
  /** How long requests may fail once both ends are ready, where these took no longer than that; default 20,000 ms. */
  readonly patienceMs?: number;
  /** After this time the namespaces delete themselves; default the time limit and two minutes. */
  readonly lifetimeMs?: number;
  readonly cleanUp?: CleanUp;
  readonly onEvent?: (event: VerifyEvent) => void;
}

/**
 * Proves with real requests from throw-away pods that every cluster reaches every other, by which path and with which
 * identities, and that a service in several clusters is shared. A cluster that cannot be reached fails its own checks
 * only. The namespaces it made are deleted however it ends. Throws `cancelled` when the signal is aborted,
 * `usage` for options that cannot work; every other failure is part of the report.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  requireValid(options);
  const { clock } = options;
  const startedAt = clock.monotonic();
  const startDate = clock.now();
  const runs = options.clusters.map((cluster) => clusterRunOf(options, cluster, startDate));
  let firstCrossClusterMs: number | null = null;
  let durationMs = 0;
  const onCrossCluster = (): void => {
    firstCrossClusterMs ??= Math.round(clock.monotonic() - startedAt);
  };
  try {
    await limited(options, (signal) => runAll(runs, { options, signal, startedAt, onCrossCluster }));
  } finally {
    durationMs = Math.round(clock.monotonic() - startedAt);
    await Promise.all(runs.map((run) => cleanUpRun(run, options)));
  }
  if (options.signal.aborted) throw interrupted(runs);
  return assembleReport(
    { trustDomain: options.trustDomain, namespace: namespaceName(options.runId), clusters: runs.map(factsOf) },
    {
      mesh: options.mesh,
      startedAt: new Date(startDate).toISOString(),
      durationMs,
      firstCrossClusterMs,
      clusters: runs.map((run) => clusterResultOf(run, startedAt)),
    },
  );
}

/** The namespace that a run makes in every cluster. */
export function namespaceName(runId: string): string {
  return `isthmus-verify-${runId}`;
}

function requireValid({ runId, clusters }: VerifyOptions): void {
  if (!/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(runId)) {
    throw new IsthmusError('usage', `the run id ${JSON.stringify(runId)} is no DNS label of 40 characters at most`);
  }
  if (clusters.length === 0) throw new IsthmusError('usage', 'there is no cluster to verify');
}

function clusterRunOf(options: VerifyOptions, cluster: VerifyCluster, startDate: number): ClusterRun {
  const { access, injectionLabels = { 'istio-injection': 'enabled' }, ...member } = cluster;
  const timeoutMs = options.timeoutMs ?? 120_000;
  const lifetimeMs = options.lifetimeMs ?? timeoutMs + 120_000;
  const startedAt = new Date(startDate).toISOString();
  const spec = {
    mesh: options.mesh,
    namespace: namespaceName(options.runId),
    cluster: member.name,
    clusters: options.clusters.map((one) => one.name),
    image: options.image,
    args: options.imageArgs ?? ['probe'],
    injectionLabels,
    expires: new Date(startDate + lifetimeMs).toISOString(),
    clientSeconds: Math.ceil(timeoutMs / 1000),
    lifetimeSeconds: Math.ceil(lifetimeMs / 1000),
  };
  const run = newClusterRun(member, 'client' in access ? access.client : undefined, spec, startedAt);
  if ('error' in access) {
    run.record({ type: 'Refused', problem: clusterRefusal(member.name, access.error, startedAt) });
  }
  return run;
}

/** Runs `work` with a signal that the caller's signal or the time limit aborts. Rejects only for what is neither. */
async function limited(options: VerifyOptions, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const finished = new AbortController();
  const limit = new AbortController();
  const timer = options.clock.sleep(options.timeoutMs ?? 120_000, finished.signal).then(
    () => limit.abort(),
    () => undefined,
  );
  try {
    await work(AbortSignal.any([options.signal, limit.signal]));
  } finally {
    finished.abort();
    await timer;
  }
}

interface Start {
  readonly options: VerifyOptions;
  readonly signal: AbortSignal;
  readonly startedAt: number;
  readonly onCrossCluster: () => void;
}

async function runAll(runs: readonly ClusterRun[], { options, ...start }: Start): Promise<void> {
  const namespaces = Promise.withResolvers<readonly Member[]>();
  const context: RunContext = {
    ...start,
    clock: options.clock,
    report: verifyReporter(options.clock, options.onEvent),
    podPatienceMs: options.podPatienceMs ?? 60_000,
    patienceMs: options.patienceMs ?? 20_000,
    requests: options.requests ?? 20,
    members: namespaces.promise,
  };
  const clusters = runs.map(({ member }) => member.name);
  context.report({ type: 'Started', details: { namespace: namespaceName(options.runId), clusters } });
  const reached = runs.map((run) => reach(run, context));
  void Promise.all(reached).then(() =>
    namespaces.resolve(runs.filter((run) => run.state.problem === undefined).map(({ member }) => member)),
  );
  const outcomes = await Promise.allSettled(
    runs.map((run, index) => runCluster(run, reached[index], { runs, context })),
  );
  const unexpected = outcomes.find((outcome) => outcome.status === 'rejected');
  if (unexpected !== undefined) throw unexpected.reason;
  // Last: gateways and sidecars hear of what goes, and nothing is to change under a measurement.
  await Promise.all(runs.map(async (run) => run.client && (await sweep(run, run.client, context))));
}

/** Creates the namespace, or notes why it cannot. Never rejects. */
async function reach(run: ClusterRun, context: RunContext): Promise<void> {
  if (run.client === undefined) {
    const details = { message: run.state.problem?.message ?? '' };
    context.report({ type: 'ClusterFailed', cluster: run.member.name, details });
    return;
  }
  await createNamespace(run, run.client, context).catch((error: unknown) => {
    run.record({ type: 'Refused', problem: unfinished(run, error, context) });
  });
}

async function runCluster(
  run: ClusterRun,
  reached: Promise<void> | undefined,
  { runs, context }: { readonly runs: readonly ClusterRun[]; readonly context: RunContext },
): Promise<void> {
  const { client } = run;
  if (client === undefined) return;
  try {
    await reached;
    if (run.state.problem === undefined) await createPods(run, client, context);
    await follow(run, client, { context, runs });
  } catch (error) {
    if (!context.signal.aborted) throw error;
    if (run.state.podsCreatedAt === undefined) {
      run.record({ type: 'Refused', problem: unfinished(run, error, context) });
    }
  }
}

function unfinished({ member: { name } }: ClusterRun, error: unknown, { clock, signal }: RunContext): Finding {
  if (signal.aborted) return outOfTime(name, timeOf(clock));
  return clusterRefusal(name, asIsthmusError(error), timeOf(clock));
}

async function cleanUpRun(run: ClusterRun, options: VerifyOptions): Promise<void> {
  if (run.client === undefined) return;
  const { clock } = options;
  const report = verifyReporter(clock, options.onEvent);
  await cleanUp(run, run.client, { mode: options.cleanUp ?? 'Delete', clock, report });
}

function interrupted(runs: readonly ClusterRun[]): IsthmusError {
  const left = runs.filter((run) => run.state.cleanUp === 'Failed').map(({ member }) => member.name);
  const namespaces = runs[0]?.spec.namespace;
  return new IsthmusError(
    'cancelled',
    left.length === 0
      ? 'verify was interrupted; what it had made is being deleted'
      : `verify was interrupted; namespace ${namespaces} remains in ${left.join(', ')} until it expires`,
    { remedy: remedy`${repeat()}` },
  );
}
