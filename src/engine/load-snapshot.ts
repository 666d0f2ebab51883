import { Resolver } from 'node:dns/promises';
import { IsthmusError } from '../base/error.ts';
import { systemClock } from '../base/system-clock.ts';
import type { CliContext } from '../cli/shell/context.ts';
import type { MeshFlags } from '../cli/shell/flags.ts';
import type { Terminal } from '../cli/shell/terminal.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readSnapshotFolder, type StoredSnapshot } from '../snapshot/folder.ts';
import { takeSnapshot } from '../snapshot/take.ts';
import { loadMesh } from './mesh-file.ts';
import { chosenClusters, openMeshFleet, splitFleet } from './mesh-fleet.ts';

/** Flags of the commands that read a mesh, or what was once read of it. */
export interface SnapshotFlags extends MeshFlags {
  /** A folder that `isthmus snapshot` wrote, or a person. */
  readonly snapshot?: string;
}

/** What was read, and the open clusters where it was read from them. Disposing closes the connections. */
export interface LoadedSnapshot extends AsyncDisposable {
  readonly stored: StoredSnapshot;
  /** Undefined where a folder was read. */
  readonly live: { readonly declared: DeclaredMesh; readonly fleet: Fleet } | undefined;
}

/** The snapshot of a folder, or of the clusters as they are. What could not be read is said on stderr. */
export async function loadSnapshot(
  flags: SnapshotFlags,
  context: CliContext,
  terminal: Terminal,
): Promise<LoadedSnapshot> {
  const loaded =
    flags.snapshot === undefined ? await readLive(flags, context, terminal) : unconnected(await readFolder(flags));
  for (const gap of loaded.stored.gaps) terminal.stderr(`not in the prediction: ${gap}\n`);
  return loaded;
}

function unconnected(stored: StoredSnapshot): LoadedSnapshot {
  return { stored, live: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** The folder that `--snapshot` names. */
export async function readFolder({ snapshot = '', file, home, clusters }: SnapshotFlags): Promise<StoredSnapshot> {
  if (file !== undefined || home !== undefined || clusters !== undefined) {
    throw new IsthmusError('usage', '--snapshot names all that is read', {
      remedy: 'leave --file, --home and --clusters out',
    });
  }
  return await readSnapshotFolder(snapshot);
}

async function readLive(flags: SnapshotFlags, context: CliContext, terminal: Terminal): Promise<LoadedSnapshot> {
  if (flags.file === undefined && flags.home === undefined) {
    throw new IsthmusError('usage', 'no mesh is named', {
      remedy:
        'give the mesh file with -f FILE, its home cluster with --home CONTEXT, or a snapshot with --snapshot DIR',
    });
  }
  const declared = await loadMesh(flags, context, terminal);
  const wanted = new Set<string>(chosenClusters(declared, flags.clusters));
  const fleet = await openMeshFleet(declared, context);
  try {
    const stored = await snapshotOf(
      fleet,
      wanted,
      AbortSignal.any([context.signal, AbortSignal.timeout(flags.timeout)]),
    );
    return { stored, live: { declared, fleet }, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
}

/** Reads the clusters of an open fleet that are wanted. */
export async function snapshotOf(
  fleet: Fleet,
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<StoredSnapshot> {
  const { clients, failures } = splitFleet(fleet);
  return await takeSnapshot(
    [...clients].flatMap(([name, client]) => (wanted.has(name) ? [client] : [])),
    {
      clock: systemClock,
      signal,
      unreachable: new Map([...failures].filter(([name]) => wanted.has(name))),
      resolve: lookUp,
    },
  );
}

const dnsTimeoutMs = 2_000;

/** As istiod asks: addresses of both families, from name servers alone. */
export async function lookUp(host: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: dnsTimeoutMs, tries: 2 });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}
