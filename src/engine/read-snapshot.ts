import { Resolver } from 'node:dns/promises';
import { stampOf } from '../base/event.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { heldMesh } from '../observe/control-plane.ts';
import type { StoredSnapshot } from '../snapshot/folder.ts';
import { takeSnapshot } from '../snapshot/take.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import type { UseCaseOptions } from './options.ts';
import { refuseHeld } from './other-mesh.ts';
import { chosenClusters, meshOf, type SessionState } from './session.ts';

/** What was read, and the open clusters where it was read from them. Disposing closes the connections. */
export interface LoadedSnapshot extends AsyncDisposable {
  readonly stored: StoredSnapshot;
  /** Undefined where a folder was read. */
  readonly live: { readonly mesh: ResolvedMesh; readonly fleet: Fleet } | undefined;
}

/** The snapshot of a folder, or of the clusters as they are. What could not be read becomes an event. */
export async function loadSnapshot(state: SessionState, options: UseCaseOptions): Promise<LoadedSnapshot> {
  const { stored } = state.source;
  const loaded = stored === undefined ? await readLive(state, options) : unconnected(stored);
  for (const message of loaded.stored.gaps) tellGap(state, message);
  return loaded;
}

export function tellGap({ ports }: SessionState, message: string): void {
  const operation = 'snapshot';
  ports.onEvent?.({ ...stampOf(ports.clock, operation, 'warning'), operation, type: 'Gap', details: { message } });
}

function unconnected(stored: StoredSnapshot): LoadedSnapshot {
  return { stored, live: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
}

async function readLive(state: SessionState, options: UseCaseOptions): Promise<LoadedSnapshot> {
  const { ports } = state;
  const mesh = meshOf(state);
  const wanted = new Set<string>(chosenClusters(mesh, options.clusters));
  const fleet = await openClusters(state, mesh, { operation: 'snapshot', carries: 'NoKeys' });
  try {
    const { clients, failures } = splitFleet(fleet);
    const stored = await takeSnapshot(
      [...clients].flatMap(([name, client]) => (wanted.has(name) ? [client] : [])),
      {
        clock: ports.clock,
        signal: limitedSignal(ports, timeoutOf(options)),
        unreachable: new Map([...failures].filter(([name]) => wanted.has(name))),
        resolve: lookUp,
      },
    );
    const { name } = mesh;
    refuseHeld(new Map([...stored.istiods].map(([cluster, istiods]) => [cluster, heldMesh(istiods, name)])), name);
    return { stored, live: { mesh, fleet }, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
}

const dnsTimeoutMs = 2_000;

/** As istiod asks: addresses of both families, from name servers alone. */
export async function lookUp(host: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: dnsTimeoutMs, tries: 2 });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}
