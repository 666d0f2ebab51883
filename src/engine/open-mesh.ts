import type { MeshSession } from './mesh-session.ts';
import type { OpenOptions } from './options.ts';
import type { EnginePorts } from './ports.ts';
import { readSource } from './read-source.ts';
import { sessionOf } from './session.ts';
import { meshSessionOf } from './session-functions.ts';
import type { MeshSource } from './source.ts';

/**
 * Reads the declared mesh of a source. It connects to a cluster only where the source is one (`home`), and keeps no
 * connection of it. Throws `invalid-config` with all findings where the source does not describe a mesh, `file-unreadable`,
 * `not-found`, `context-not-found` or `cluster-unreachable` where it cannot be read, and `stale-plan` where a mesh file
 * beside a plan declares another mesh.
 *
 * @example
 * const session = await openMesh({ file: 'mesh.yaml' }, nodePorts());
 * console.log(`${session.mesh}: ${session.clusters.join(', ')}`);
 */
export async function openMesh(
  source: MeshSource,
  ports: EnginePorts,
  options: OpenOptions = {},
): Promise<MeshSession> {
  const state = sessionOf(await readSource(source, ports), ports, options);
  return meshSessionOf(state);
}
