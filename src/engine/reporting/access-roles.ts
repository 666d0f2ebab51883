import type { AccessRoles } from '../../report/access-roles.ts';
import { apiVersion } from '../../report/schema.ts';
import { makesNamespaces, type RightsCommand } from '../../rights/commands.ts';
import { bindingOf, namespacesOf, type ReasonedRole, rolesOf, type Subject } from '../../rights/roles.ts';
import type { PlacedRule } from '../../rights/select.ts';

/** Whom the roles are for. */
export interface RolesFor {
  readonly command: RightsCommand;
  readonly subjects: readonly Subject[];
  /** Left out: any mesh. */
  readonly mesh?: { readonly name: string; readonly clusters: readonly string[] };
}

const roleNames: Readonly<Record<string, string>> = {
  renewTrust: 'trust-renew',
  applyGuarded: 'apply-guard',
  traceLive: 'trace-live',
  verifySweep: 'verify-sweep',
  uninstallAnyIstio: 'uninstall-any-istio',
};

export function accessRolesReport({ command, subjects, mesh }: RolesFor, rules: readonly PlacedRule[]): AccessRoles {
  const roles = rolesOf(`isthmus-${roleNames[command] ?? command}`, rules);
  const plain = (object: ReasonedRole['object']): ReasonedRole => ({ object, reasons: [] });
  return {
    apiVersion,
    kind: 'AccessRoles',
    command,
    ...(mesh === undefined ? {} : { mesh: mesh.name, clusters: mesh.clusters }),
    objects: [
      ...(makesNamespaces(command) ? namespacesOf(roles, mesh?.name).map(plain) : []),
      ...roles,
      ...(subjects.length === 0 ? [] : roles.map(({ object }) => plain(bindingOf(object, subjects)))),
    ],
  };
}
