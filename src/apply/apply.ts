import type { ClusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { refKey } from '../objects/object.ts';
import { rootToFiles } from '../pki/stored.ts';
import { resolveTopology } from '../topology/topology.ts';
import { dryRun, refuseForeign, refuseHomelessIssuer } from './changes.ts';
import { type Lock, lockRef, openLock } from './lock.ts';
import { type ApplyMeshOptions, isChosen } from './options.ts';
import { type Preparation, prepareAll, trusted } from './prepare.ts';
import type { ApplyReport, ClusterOutcome } from './report.ts';
import { runClusters } from './run-clusters.ts';
import { resolveTrust } from './trust.ts';

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
    mode: options.mode,
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
  const { declared, clock, roots } = options;
  const topology = resolveTopology(declared);
  const preparation = await prepareAll(topology, options);
  const observed = new Map(preparation.prepared.map(({ topology: { name }, observed: held }) => [name, held]));
  const environment = { crypto: options.crypto, now: clock.now() };
  const trust = await resolveTrust({ declared, observed, roots, environment });
  for (const { cluster, message } of trust.notices) options.onEvent({ type: 'Notice', cluster, message });
  const withTrust = preparation.prepared.map((part) => ({ ...part, objects: trusted(part, trust, declared) }));
  refuseForeign(withTrust, options);
  refuseHomelessIssuer(trust, options);
  const complete = (done: readonly ClusterOutcome[]): readonly ClusterOutcome[] =>
    topology.clusters.map(
      ({ name }) => done.find(({ cluster }) => cluster === name) ?? leftOut(name, preparation, options),
    );
  if (options.mode === 'DryRun') {
    return { outcomes: complete(await dryRun(withTrust, options)), newRootFolder: undefined };
  }
  const mesh = declared.mesh.metadata.name;
  const seen = observed.get(declared.home.metadata.name)?.whole.get(refKey(lockRef(mesh)));
  let outdated = false;
  const beforeWrite = async (): Promise<void> => {
    outdated ||= (await lock.hold(seen)) === 'Outdated';
    if (outdated) throw new IsthmusError('conflict', 'another run has changed the mesh meanwhile');
  };
  try {
    if (trust.newRoot !== undefined) {
      await beforeWrite();
      await roots.write(mesh, rootToFiles(trust.newRoot));
    }
    const run = {
      prepared: withTrust,
      missing: preparation.missing,
      beforeWrite,
      signal: lock.signal,
      deadline: work.deadline,
    };
    const outcomes = complete(await runClusters(run, options));
    const newRootFolder = trust.newRoot === undefined ? undefined : roots.folder(mesh);
    return outdated ? 'Outdated' : { outcomes, newRootFolder };
  } catch (error) {
    if (outdated) return 'Outdated';
    throw error;
  }
}

function lockOf({ declared, clients, holder, clock, signal, onEvent }: ApplyMeshOptions): Lock {
  const cluster = declared.home.metadata.name;
  const client = clients.get(cluster);
  if (client === undefined) throw new IsthmusError('internal', 'the home cluster was not connected to');
  const mesh = declared.mesh.metadata.name;
  const onHeld = (message: string): void => onEvent({ type: 'Notice', cluster, message });
  return openLock({ client, mesh, holder, clock, signal, onHeld });
}

function leftOut(cluster: ClusterName, { missing }: Preparation, options: ApplyMeshOptions): ClusterOutcome {
  const error = missing.get(cluster);
  if (error === undefined || !isChosen(cluster, options)) return { cluster, outcome: 'Left' };
  return { cluster, outcome: 'Failed', error, counts: { created: 0, configured: 0, unchanged: 0 } };
}
