import type { ClusterName } from '../api/name.ts';
import { atOnce } from '../base/concurrency.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { type Lock, lockRef, openLock } from '../fleet/lock.ts';
import type { KubeClient } from '../kube/client.ts';
import { rootToFiles } from '../pki/stored.ts';
import { type Decision, unsettled } from './decide/decide.ts';
import { lossesOf } from './losses.ts';
import { type ApplyRequest, isChosen, type Scope } from './options.ts';
import type { Preparation } from './read/prepare.ts';
import { refuseDeletions, refuseUnauthorized } from './refuse/deletion-limits.ts';
import { refuseEscalation } from './refuse/escalation.ts';
import { refuseStale } from './refuse/plan-records.ts';
import { type ResolvedRun, resolveRun } from './resolve-run.ts';
import { confirming, resolveWatched, type Write } from './resolve-watched.ts';
import { type ApplyReporter, applyReporter } from './run/events.ts';
import { pruneCluster } from './run/prune.ts';
import { type ApplyReport, type ClusterOutcome, isWhole } from './run/report.ts';
import { runClusters } from './run/run-clusters.ts';
import { changingClusters } from './run/turns.ts';

/** Called with what was decided, before the first write; again where that is outdated by then. What it throws ends the run. */
export type BeforeChange = (decisions: readonly Decision[]) => Promise<void>;

/**
 * Makes the clusters one mesh. Everything that can be refused is refused before the first write; from then on each
 * cluster goes its own way, a failure costs its own part, and running the same again resumes.
 * An apply that has nothing to do writes nothing.
 */
export async function applyMesh(request: ApplyRequest, beforeChange?: BeforeChange): Promise<ApplyReport> {
  const { mesh, ports } = request;
  const { clock, clients } = ports;
  const started = clock.monotonic();
  const report = applyReporter('apply', ports);
  await using lock = lockOf(request, report);
  const work: ApplyContext = { request, lock, report, beforeChange };
  let made = request.watched === undefined ? 'Outdated' : await attempt(work, 'Watched');
  if (made === 'Outdated') made = await attempt(work);
  // Another run was at work while the clusters were read. It has ended, and the lock is ours: what it left is read.
  if (made === 'Outdated') made = await attempt(work);
  if (made === 'Outdated') throw new IsthmusError('internal', 'what was read under the lock is outdated');
  const count = (what: 'requests' | 'writes'): number =>
    [...clients.values()].reduce((sum, client) => sum + client.counts()[what], 0);
  return {
    mesh: mesh.name,
    clusters: made.outcomes,
    newRootFolder: made.newRootFolder,
    requests: count('requests'),
    writes: count('writes'),
    seconds: (clock.monotonic() - started) / 1000,
  };
}

/** What every part of a run has. */
interface ApplyContext {
  readonly request: ApplyRequest;
  readonly lock: Lock;
  readonly report: ApplyReporter;
  readonly beforeChange: BeforeChange | undefined;
}

interface Attempt {
  /** One for every cluster of the mesh, in the order of the file. */
  readonly outcomes: readonly ClusterOutcome[];
  readonly newRootFolder: string | undefined;
}

/** Reads, resolves and applies. `Outdated`: it has to be decided again, because something is not, or need not be, as it was read. */
async function attempt(work: ApplyContext, reads: 'Asked' | 'Watched' = 'Asked'): Promise<Attempt | 'Outdated'> {
  const { request, lock, report } = work;
  const { mesh, ports, scope } = request;
  const { roots, signal } = ports;
  // Before anything else is read: a run that ends while we read must not pass for one that ended before.
  const seen = await homeClient(request).get(lockRef(mesh.name), { signal });
  const run = await decided(request, reads);
  if (run === undefined) return 'Outdated';
  for (const { cluster, message } of run.trust.notices) report({ type: 'Notice', cluster, details: { message } });
  if (scope.approved !== undefined) refuseStale(scope.approved, run.decisions);
  refuseDeletions(run.decisions);
  await refuseUnauthorized(run.decisions, signal);
  await refuseEscalation(run.decisions, signal);
  await approveLosses(run, request);
  await work.beforeChange?.(run.decisions);
  let outdated = false;
  const confirmed = reads === 'Watched' ? confirming(signal) : async () => true;
  const beforeWrite = async (write?: Write): Promise<void> => {
    outdated ||= (await lock.hold(seen)) === 'Outdated' || (write !== undefined && !(await confirmed(write)));
    if (outdated) throw new IsthmusError('conflict', 'the mesh was changed meanwhile');
  };
  try {
    const { newRoot } = run.trust;
    if (newRoot !== undefined) {
      await beforeWrite();
      await roots.write(mesh.name, rootToFiles(newRoot));
    }
    const applied = await runClusters({
      request,
      prepared: run.prepared,
      others: run.others,
      missing: run.missing,
      changing: changingClusters(run.decisions),
      report,
      beforeWrite,
      signal: lock.signal,
    });
    if (outdated) return 'Outdated';
    const outcomes = await pruneAll(run, applied, { context: work, beforeWrite });
    const newRootFolder = newRoot === undefined ? undefined : roots.folder(mesh.name);
    return outdated ? 'Outdated' : { outcomes, newRootFolder };
  } catch (error) {
    if (outdated) return 'Outdated';
    throw error;
  }
}

async function decided(request: ApplyRequest, reads: 'Asked' | 'Watched'): Promise<ResolvedRun | undefined> {
  const { inTurn = atOnce } = request.ports;
  return await inTurn(async () => (reads === 'Watched' ? await resolveWatched(request) : await resolveRun(request)));
}

/** A plan file was approved with what it loses. */
async function approveLosses(
  run: ResolvedRun,
  { mesh, ports, scope, approveLosses: approve }: ApplyRequest,
): Promise<void> {
  if (approve === undefined || scope.approved !== undefined) return;
  const losses = await lossesOf(run, { names: new Set(mesh.names), signal: ports.signal });
  if (losses.length > 0) await approve(losses);
}

interface PruneContext {
  readonly context: ApplyContext;
  readonly beforeWrite: () => Promise<void>;
}

/** Deletions come last: when every cluster that could be applied is. One outcome for every cluster of the mesh. */
async function pruneAll(
  run: ResolvedRun,
  applied: readonly ClusterOutcome[],
  prune: PruneContext,
): Promise<readonly ClusterOutcome[]> {
  const { request } = prune.context;
  const complete = request.mesh.names.map(
    (name) => applied.find(({ cluster }) => cluster === name) ?? leftOut(name, run, request.scope),
  );
  const { settled } = request.scope;
  const isAsDeclared = (outcome: ClusterOutcome): boolean =>
    isWhole(outcome) ||
    (outcome.outcome === 'Left' && settled?.has(outcome.cluster) === true && !run.missing.has(outcome.cluster));
  const peersUnsettled = unsettled(complete.filter((one) => !isAsDeclared(one)).map(({ cluster }) => cluster));
  return await Promise.all(
    complete.map(async (outcome) => {
      const decision = run.decisions.find(({ part }) => part.topology.name === outcome.cluster);
      if (outcome.outcome !== 'Applied' || decision === undefined) return outcome;
      return await pruneOne(outcome, decision, peersUnsettled, prune);
    }),
  );
}

async function pruneOne(
  outcome: Extract<ClusterOutcome, { outcome: 'Applied' }>,
  decision: Decision,
  peersUnsettled: string | undefined,
  { context, beforeWrite }: PruneContext,
): Promise<ClusterOutcome> {
  const { cluster, counts } = outcome;
  const { request, lock, report } = context;
  const { mesh, ports } = request;
  try {
    const { clock } = ports;
    const { signal } = lock;
    const pruned = await pruneCluster({ decision, mesh: mesh.name, peersUnsettled, clock, signal, beforeWrite });
    const [deleted, released] = [pruned.deleted.length, pruned.released.length];
    if (deleted + released > 0) report({ type: 'Pruned', cluster, details: { deleted, released } });
    return { ...outcome, pruned };
  } catch (thrown) {
    return { cluster, outcome: 'Failed', counts, error: asIsthmusError(thrown) };
  }
}

function homeClient({ mesh, ports }: ApplyRequest): KubeClient {
  const client = ports.clients.get(mesh.home);
  if (client === undefined) throw new IsthmusError('internal', 'the home cluster was not connected to');
  return client;
}

function lockOf(request: ApplyRequest, report: ApplyReporter): Lock {
  const { mesh, ports } = request;
  const { holder, clock, signal } = ports;
  const onHeld = (message: string): void => report({ type: 'Notice', cluster: mesh.home, details: { message } });
  return (ports.openLock ?? openLock)({ client: homeClient(request), mesh: mesh.name, holder, clock, signal, onHeld });
}

function leftOut(cluster: ClusterName, { missing }: Pick<Preparation, 'missing'>, scope: Scope): ClusterOutcome {
  const error = missing.get(cluster);
  if (error === undefined || !isChosen(cluster, scope)) return { cluster, outcome: 'Left' };
  return { cluster, outcome: 'Failed', error, counts: { created: 0, configured: 0, unchanged: 0 } };
}
