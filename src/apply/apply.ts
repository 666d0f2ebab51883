import type { ClusterName } from '../api/name.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { type Lock, lockRef, openLock } from '../fleet/lock.ts';
import type { KubeClient } from '../kube/client.ts';
import { rootToFiles } from '../pki/stored.ts';
import { type Decision, unsettled } from './decide/decide.ts';
import { type ApplyMeshOptions, isChosen } from './options.ts';
import type { Preparation } from './read/prepare.ts';
import { refuseDeletions, refuseUnauthorized } from './refuse/deletion-limits.ts';
import { refuseEscalation } from './refuse/escalation.ts';
import { refuseStale } from './refuse/plan-records.ts';
import { type ResolvedRun, resolveRun } from './resolve-run.ts';
import { pruneCluster } from './run/prune.ts';
import { type ApplyReport, type ClusterOutcome, isWhole } from './run/report.ts';
import { runClusters } from './run/run-clusters.ts';
import { changingClusters } from './run/turns.ts';

/**
 * Makes the clusters one mesh. Everything that can be refused is refused before the first write; from then on each
 * cluster goes its own way, a failure costs its own part, and running the same again resumes.
 * An apply that has nothing to do writes nothing.
 */
export async function applyMesh(options: ApplyMeshOptions): Promise<ApplyReport> {
  const { clock, declared, clients } = options;
  const started = clock.monotonic();
  await using lock = lockOf(options);
  const work: Work = { options, lock, deadline: started + options.timeoutMs };
  let made = await attempt(work);
  // Another run was at work while the clusters were read. It has ended, and the lock is ours: what it left is read.
  if (made === 'Outdated') made = await attempt(work);
  if (made === 'Outdated') throw new IsthmusError('internal', 'what was read under the lock is outdated');
  const count = (what: 'requests' | 'writes'): number =>
    [...clients.values()].reduce((sum, client) => sum + client.counts()[what], 0);
  return {
    mesh: declared.mesh.metadata.name,
    clusters: made.outcomes,
    newRootFolder: made.newRootFolder,
    requests: count('requests'),
    writes: count('writes'),
    seconds: (clock.monotonic() - started) / 1000,
  };
}

/** What every part of a run has. */
interface Work {
  readonly options: ApplyMeshOptions;
  readonly lock: Lock;
  /** On the monotonic clock. */
  readonly deadline: number;
}

interface Attempt {
  /** One for every cluster of the mesh, in the order of the file. */
  readonly outcomes: readonly ClusterOutcome[];
  readonly newRootFolder: string | undefined;
}

/** Reads, resolves and applies. `Outdated`: nothing was written, because another run wrote after the reading. */
async function attempt(work: Work): Promise<Attempt | 'Outdated'> {
  const { options, lock } = work;
  const { declared, roots, signal } = options;
  const mesh = declared.mesh.metadata.name;
  // Before anything else is read: a run that ends while we read must not pass for one that ended before.
  const seen = await homeClient(options).get(lockRef(mesh), { signal });
  const run = await resolveRun(options);
  for (const { cluster, message } of run.trust.notices) options.onEvent({ type: 'Notice', cluster, message });
  if (options.approved !== undefined) refuseStale(options.approved, run.decisions);
  refuseDeletions(run.decisions);
  await refuseUnauthorized(run.decisions, signal);
  await refuseEscalation(run.decisions, signal);
  let outdated = false;
  const beforeWrite = async (): Promise<void> => {
    outdated ||= (await lock.hold(seen)) === 'Outdated';
    if (outdated) throw new IsthmusError('conflict', 'another run has changed the mesh meanwhile');
  };
  try {
    const { newRoot } = run.trust;
    if (newRoot !== undefined) {
      await beforeWrite();
      await roots.write(mesh, rootToFiles(newRoot));
    }
    const { prepared, missing } = run;
    const applied = await runClusters(
      {
        prepared,
        missing,
        beforeWrite,
        signal: lock.signal,
        deadline: work.deadline,
        changing: changingClusters(run.decisions),
      },
      options,
    );
    if (outdated) return 'Outdated';
    const outcomes = await pruneAll({ run, applied, beforeWrite, signal: lock.signal }, options);
    return outdated ? 'Outdated' : { outcomes, newRootFolder: newRoot === undefined ? undefined : roots.folder(mesh) };
  } catch (error) {
    if (outdated) return 'Outdated';
    throw error;
  }
}

interface Pruning {
  readonly run: ResolvedRun;
  /** What came of each chosen cluster. */
  readonly applied: readonly ClusterOutcome[];
  readonly beforeWrite: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Deletions come last: when every cluster that could be applied is. One outcome for every cluster of the mesh. */
async function pruneAll(pruning: Pruning, options: ApplyMeshOptions): Promise<readonly ClusterOutcome[]> {
  const { run, applied } = pruning;
  const complete = run.topology.clusters.map(
    ({ name }) => applied.find(({ cluster }) => cluster === name) ?? leftOut(name, run, options),
  );
  const peersUnsettled = unsettled(complete.filter((outcome) => !isWhole(outcome)).map(({ cluster }) => cluster));
  return await Promise.all(
    complete.map(async (outcome) => {
      const decision = run.decisions.find(({ part }) => part.topology.name === outcome.cluster);
      if (outcome.outcome !== 'Applied' || decision === undefined) return outcome;
      return await pruneOne(outcome, { decision, peersUnsettled, pruning }, options);
    }),
  );
}

interface PruneTarget {
  readonly decision: Decision;
  readonly peersUnsettled: string | undefined;
  readonly pruning: Pruning;
}

async function pruneOne(
  outcome: Extract<ClusterOutcome, { outcome: 'Applied' }>,
  { decision, peersUnsettled, pruning }: PruneTarget,
  { declared, clock, onEvent }: ApplyMeshOptions,
): Promise<ClusterOutcome> {
  const { cluster, counts } = outcome;
  const { signal, beforeWrite } = pruning;
  const mesh = declared.mesh.metadata.name;
  try {
    const pruned = await pruneCluster({ decision, mesh, peersUnsettled, clock, signal, beforeWrite });
    const { deleted, released } = pruned;
    if (deleted.length + released.length > 0) {
      onEvent({ type: 'Pruned', cluster, deleted: deleted.length, released: released.length });
    }
    return { ...outcome, pruned };
  } catch (thrown) {
    return { cluster, outcome: 'Failed', counts, error: asIsthmusError(thrown) };
  }
}

function homeClient({ declared, clients }: Pick<ApplyMeshOptions, 'declared' | 'clients'>): KubeClient {
  const client = clients.get(declared.home.metadata.name);
  if (client === undefined) throw new IsthmusError('internal', 'the home cluster was not connected to');
  return client;
}

function lockOf(options: ApplyMeshOptions): Lock {
  const { declared, holder, clock, signal, onEvent } = options;
  const cluster = declared.home.metadata.name;
  const mesh = declared.mesh.metadata.name;
  const onHeld = (message: string): void => onEvent({ type: 'Notice', cluster, message });
  return openLock({ client: homeClient(options), mesh, holder, clock, signal, onHeld });
}

function leftOut(cluster: ClusterName, { missing }: Preparation, options: ApplyMeshOptions): ClusterOutcome {
  const error = missing.get(cluster);
  if (error === undefined || !isChosen(cluster, options)) return { cluster, outcome: 'Left' };
  return { cluster, outcome: 'Failed', error, counts: { created: 0, configured: 0, unchanged: 0 } };
}
