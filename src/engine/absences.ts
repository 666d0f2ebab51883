import { refuseToLeave, without } from '../remove/leave.ts';
import { type ResolvedMesh, resolveMesh } from '../topology/resolved-mesh.ts';
import type { Absences } from './options.ts';
import { declaredCluster } from './session.ts';

/**
 * The mesh as the others have it while clusters are away. Throws `leave-refused` where the mesh cannot do without one, and
 * `usage` for one that is not declared.
 */
export function meshDuring(mesh: ResolvedMesh, { without: left = [], drained = [] }: Absences): ResolvedMesh {
  const gone = left.map((name) => declaredCluster(mesh, name));
  const unread = drained.map((name) => declaredCluster(mesh, name));
  if (gone.length === 0 && unread.length === 0) return mesh;
  for (const name of gone) refuseToLeave(mesh, name);
  const rest = gone.reduce(without, mesh.declared);
  return resolveMesh(rest, { drained: unread });
}
