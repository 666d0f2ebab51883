import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { meshAliases, meshFlags, type RbacFlags } from '../shell/flags.ts';

const { timeout: _, ...flags } = meshFlags;

export const rbacCommand = buildCommand<RbacFlags, string[], CliContext>({
  docs: {
    brief: 'Print the roles with which a command works, and no more than it needs',
    fullDescription:
      'Writes YAML for kubectl apply: what holds in the whole cluster as a ClusterRole, the rest as a Role for each namespace, each rule with its reason. ' +
      'With a mesh file the roles are those that this mesh needs, with --clusters those of one cluster of it. ' +
      'The commands are init, plan, apply, status, doctor, dashboard, verify, trust, trust renew, trace, whatif, snapshot, join, leave and uninstall; operator is what the operator needs in each cluster.',
  },
  parameters: {
    flags: {
      ...flags,
      guard: {
        kind: 'boolean',
        brief: 'For apply: what apply --guard needs',
        optional: true,
        withNegated: false,
      },
      live: {
        kind: 'boolean',
        brief: 'For trace: what trace --live needs',
        optional: true,
        withNegated: false,
      },
      sweep: {
        kind: 'boolean',
        brief: 'For verify: what it needs to delete what earlier runs left, too',
        optional: true,
        withNegated: false,
      },
      anyIstio: {
        kind: 'boolean',
        brief: 'For uninstall: what uninstall --any-istio needs',
        optional: true,
        withNegated: false,
      },
      user: {
        kind: 'parsed',
        parse: String,
        brief: 'Who gets the roles: a user; may be given several times',
        placeholder: 'NAME',
        variadic: true,
        optional: true,
      },
      group: {
        kind: 'parsed',
        parse: String,
        brief: 'Who gets the roles: a group; may be given several times',
        placeholder: 'NAME',
        variadic: true,
        optional: true,
      },
      serviceAccount: {
        kind: 'parsed',
        parse: String,
        brief: 'Who gets the roles: an account of the cluster; may be given several times',
        placeholder: 'NAMESPACE/NAME',
        variadic: true,
        optional: true,
      },
    },
    aliases: meshAliases,
    positional: {
      kind: 'array',
      parameter: { parse: String, brief: 'The command, such as apply or trust renew', placeholder: 'COMMAND' },
      minimum: 1,
      maximum: 2,
    },
  },
  async func(this: CliContext, given, ...words) {
    await conclude(this, given, async (terminal) => {
      const { runRbac } = await import('./run.ts');
      return await runRbac(given, words, { context: this, terminal });
    });
  },
});
