import type { AccessRoles } from '../report/access-roles.ts';
import { rulesOf } from '../rights/commands.ts';
import { rulesIn } from '../rights/select.ts';
import type { MeshRolesOptions } from './options.ts';
import { accessRolesReport } from './reporting/access-roles.ts';
import { chosenClusters, meshOf, type SessionState } from './session.ts';

/** The roles with which a command works on this mesh, in the chosen clusters. */
export function rolesUseCase(state: SessionState, options: MeshRolesOptions): AccessRoles {
  const { command, subjects = [] } = options;
  const mesh = meshOf(state);
  const clusters = chosenClusters(mesh, options.clusters);
  const rules = clusters.flatMap((cluster) => rulesIn(rulesOf(command), mesh, cluster));
  return accessRolesReport({ command, subjects, mesh: { name: mesh.name, clusters } }, rules);
}
