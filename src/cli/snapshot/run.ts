import { readdir } from 'node:fs/promises';
import { IsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import { loadSnapshot } from '../../engine/load-snapshot.ts';
import { splitFleet } from '../../engine/mesh-fleet.ts';
import { snapshotReport } from '../../engine/reporting/snapshot.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import { documentsOf } from '../../plan/plan-file.ts';
import { type StoredSnapshot, writeSnapshotFolder } from '../../snapshot/folder.ts';
import { readState } from '../../snapshot/state.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { MeshFlags } from '../shell/flags.ts';
import type { Terminal } from '../shell/terminal.ts';

export interface SnapshotRun {
  readonly context: CliContext;
  readonly terminal: Terminal;
}

/** Reads the clusters and writes what they hold, without credentials, into a folder that is empty so far. */
export async function runSnapshot(
  folder: string,
  flags: MeshFlags,
  { context, terminal }: SnapshotRun,
): Promise<ExitCode> {
  await refuseFilled(folder);
  await using loaded = await loadSnapshot(flags, context, terminal);
  const { live } = loaded;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(flags.timeout)]);
  const stored = live === undefined ? loaded.stored : await withState(loaded.stored, live.fleet, signal);
  for (const gap of stored.gaps.slice(loaded.stored.gaps.length)) terminal.stderr(`not in the snapshot: ${gap}\n`);
  await writeSnapshotFolder(folder, stored, live === undefined ? [] : documentsOf(live.declared));
  const clusters = stored.snapshot.clusters.map(({ cluster, objects }) => ({ cluster, objects: objects.length }));
  const result = {
    folder,
    clusters,
    istiods: stored.snapshot.istiods.length,
    gaps: stored.gaps,
  };
  terminal.stdout(
    flags.output === 'json' ? `${JSON.stringify(snapshotReport(folder, stored), null, 2)}\n` : textOf(result),
  );
  return stored.gaps.length === 0 ? exitCodes.done : exitCodes.partial;
}

/** What `status` tells is true of the clusters that were read. */
async function withState(stored: StoredSnapshot, fleet: Fleet, signal: AbortSignal): Promise<StoredSnapshot> {
  const { snapshot, gaps } = stored;
  const { clients } = splitFleet(fleet);
  const wanted = [...clients.values()].filter(({ cluster }) =>
    snapshot.clusters.some((one) => one.cluster === cluster),
  );
  const states = await Promise.all(
    wanted.map(async (client) => await readState(client, { clock: systemClock, signal })),
  );
  const clusters = snapshot.clusters.map(({ cluster, objects }) => {
    const more = states.find((state) => state.cluster === cluster)?.objects ?? [];
    return { cluster, objects: [...objects, ...more] };
  });
  const servers = Object.fromEntries(
    states.map(({ cluster, server, kubernetes }) => [cluster, { server, kubernetes }]),
  );
  return {
    ...stored,
    snapshot: { ...snapshot, clusters },
    gaps: [...gaps, ...states.flatMap((state) => state.gaps)],
    state: {
      servers,
      pages: states.flatMap(({ pages }) => pages),
      answers: states.flatMap(({ answers }) => answers),
    },
  };
}

interface SnapshotResult {
  readonly folder: string;
  readonly clusters: readonly { readonly cluster: string; readonly objects: number }[];
  readonly istiods: number;
  readonly gaps: readonly string[];
}

function textOf({ folder, clusters, istiods, gaps }: SnapshotResult): string {
  const lines = clusters.map(({ cluster, objects }) => `${cluster}: ${objects} objects`);
  const missing = gaps.length === 0 ? [] : [`${gaps.length} things could not be read, see above`];
  return `${[
    ...lines,
    `${folder} holds ${clusters.length} clusters and ${istiods} istiods, without credentials`,
    ...missing,
    `next: isthmus trace --snapshot ${folder} --from CLUSTER/NAMESPACE/WORKLOAD --to HOST:PORT`,
  ].join('\n')}\n`;
}

/** What an earlier snapshot left would mix with the new one. */
async function refuseFilled(folder: string): Promise<void> {
  const entries = await readdir(folder).catch(() => []);
  if (entries.length === 0) return;
  throw new IsthmusError('usage', `${folder} is not empty`, { remedy: 'name a folder that is empty or not there yet' });
}
