import type { AccessRoles } from '../report/access-roles.ts';
import { rulesOf } from '../rights/commands.ts';
import { rulesAnywhere } from '../rights/select.ts';
import type { RolesOptions } from './options.ts';
import { accessRolesReport } from './reporting/access-roles.ts';

/**
 * The roles with which a command works on any mesh, as objects to apply to each of its clusters, with the reason for
 * each rule. What the istiod of another cluster needs in a hub is not among them: `roles` of a session knows the hub.
 *
 * @example
 * const { objects } = accessRoles({ command: 'status', subjects: [{ kind: 'Group', name: 'on-call' }] });
 * console.log(objects.map(({ object }) => object.kind).join(', '));
 */
export function accessRoles({ command, subjects = [] }: RolesOptions): AccessRoles {
  return accessRolesReport({ command, subjects }, rulesAnywhere(rulesOf(command)));
}
