import { withShifts } from '../../mesh/shifted.ts';
import { readShifts, serverTime } from '../../observe/shifts.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import type { MeshPorts } from '../options.ts';

/** The mesh as it is wanted now: what a shift that lives wants of a service counts more than its document. */
export async function withLivingShifts(
  mesh: ResolvedMesh,
  { clients, clock, signal }: Pick<MeshPorts, 'clients' | 'clock' | 'signal'>,
): Promise<ResolvedMesh> {
  const home = clients.get(mesh.home);
  if (home === undefined) return mesh;
  const shifts = await readShifts(home, signal);
  const declared = withShifts(mesh.declared, shifts, serverTime(home, clock.now()));
  return declared === mesh.declared ? mesh : { ...mesh, declared };
}
