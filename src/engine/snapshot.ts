import { readdir } from 'node:fs/promises';
import { IsthmusError } from '../base/error.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { documentsOf } from '../plan/plan-file.ts';
import type { SnapshotReport } from '../report/snapshot.ts';
import { type StoredSnapshot, writeSnapshotFolder } from '../snapshot/folder.ts';
import { readState } from '../snapshot/state.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import type { UseCaseOptions } from './options.ts';
import { loadSnapshot, tellGap } from './read-snapshot.ts';
import { snapshotReport } from './reporting/snapshot.ts';
import { liveMeshOf, type SessionState } from './session.ts';

/** Writes what the clusters hold, without credentials, into a folder that is empty or does not exist. */
export async function snapshotUseCase(
  state: SessionState,
  folder: string,
  options: UseCaseOptions,
): Promise<SnapshotReport> {
  liveMeshOf(state);
  await refuseFilled(folder);
  const { stored, documents } = await readWhole(state, options);
  await writeSnapshotFolder(folder, stored, documents);
  return snapshotReport(folder, stored);
}

/** All that a snapshot holds. */
export interface WholeSnapshot {
  readonly stored: StoredSnapshot;
  /** The mesh's own; none of a folder that was read. */
  readonly documents: readonly unknown[];
}

/** What a prediction and a status need, without credentials. What could not be read becomes an event. */
export async function readWhole(state: SessionState, options: UseCaseOptions): Promise<WholeSnapshot> {
  await using loaded = await loadSnapshot(state, options);
  const { live } = loaded;
  if (live === undefined) return { stored: loaded.stored, documents: [] };
  const stored = await withState(loaded.stored, live.fleet, { state, options });
  for (const message of stored.gaps.slice(loaded.stored.gaps.length)) tellGap(state, message);
  return { stored, documents: documentsOf(live.mesh.declared) };
}

interface Reading {
  readonly state: SessionState;
  readonly options: UseCaseOptions;
}

/** What `status` tells is true of the clusters that were read. */
async function withState(stored: StoredSnapshot, fleet: Fleet, { state, options }: Reading): Promise<StoredSnapshot> {
  const { snapshot, gaps } = stored;
  const { clients } = splitFleet(fleet);
  const wanted = [...clients.values()].filter(({ cluster }) =>
    snapshot.clusters.some((one) => one.cluster === cluster),
  );
  const signal = limitedSignal(state.ports, timeoutOf(options));
  const states = await Promise.all(
    wanted.map(async (client) => await readState(client, { clock: state.ports.clock, signal })),
  );
  const clusters = snapshot.clusters.map(({ cluster, objects }) => {
    const more = states.find((one) => one.cluster === cluster)?.objects ?? [];
    return { cluster, objects: [...objects, ...more] };
  });
  const servers = Object.fromEntries(
    states.map(({ cluster, server, kubernetes }) => [cluster, { server, kubernetes }]),
  );
  return {
    ...stored,
    snapshot: { ...snapshot, clusters },
    gaps: [...gaps, ...states.flatMap((one) => one.gaps)],
    state: {
      servers,
      pages: states.flatMap(({ pages }) => pages),
      answers: states.flatMap(({ answers }) => answers),
    },
  };
}

/** What an earlier snapshot left would mix with the new one. */
async function refuseFilled(folder: string): Promise<void> {
  const entries = await readdir(folder).catch(() => []);
  if (entries.length === 0) return;
  throw new IsthmusError('usage', `${folder} is not empty`, {
    remedy: 'name a folder that is empty or does not exist',
  });
}
