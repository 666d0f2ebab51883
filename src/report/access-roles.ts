import { z } from 'zod';
import { fields, jsonObject, list, report } from './schema.ts';

const commands = [
  ...[
    'init',
    'plan',
    'apply',
    'applyGuarded',
    'status',
    'doctor',
    'verify',
    'verifySweep',
    'trust',
    'renewTrust',
    'services',
    'dashboard',
    'shift',
    'drill',
    'trace',
    'traceLive',
    'whatif',
  ],
  ...['snapshot', 'join', 'leave', 'uninstall', 'uninstallAnyIstio', 'operator'],
] as const;

export const accessRoles = report('AccessRoles', 'The roles with which a command works, and no more than it needs.', {
  command: z
    .enum(commands)
    .describe(
      'The command; `applyGuarded` is an apply that is watched, `traceLive` a trace that asks the real proxies too, `verifySweep` a verify that deletes what earlier runs left, `uninstallAnyIstio` an uninstall of every Istio.',
    ),
  mesh: z
    .exactOptional(z.string())
    .describe(
      "The mesh's name; left out where the roles do for every mesh, but for istiods that run in another cluster.",
    ),
  clusters: z.exactOptional(list(z.string())).describe('The clusters that the roles do for; left out without a mesh.'),
  objects: list(
    fields({
      object: jsonObject.describe('A Namespace, ClusterRole, Role, ClusterRoleBinding or RoleBinding.'),
      reasons: list(z.string()).describe('Why the command needs each rule of a role, in the order of its rules.'),
    }),
  ).describe('What to apply, in this order.'),
});

export type AccessRoles = z.infer<typeof accessRoles>;
