import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import {
  type ApplyFlags,
  insecureFlag,
  meshAliases,
  parseDuration,
  probeImageFlag,
  runFlags,
  waitFlag,
  yesFlag,
} from '../shell/flags.ts';

export const applyCommand = buildCommand<ApplyFlags, [string?], CliContext>({
  docs: {
    brief: 'Apply the mesh file to every cluster',
    fullDescription:
      'Makes certificates, installs Istio with its own renderer, deploys east-west gateways and connects the clusters, all of them side by side; ' +
      'then prunes what is no longer declared; at a terminal it asks before that. Run again it changes nothing; interrupted and run again it finishes. ' +
      'With a plan file instead of a mesh file it does exactly what was planned, or nothing.',
  },
  parameters: {
    flags: {
      ...runFlags,
      ...waitFlag,
      ...insecureFlag,
      ...yesFlag,
      dryRun: {
        kind: 'boolean',
        brief: 'Show the plan and write nothing',
        optional: true,
        withNegated: false,
      },
      verify: {
        kind: 'boolean',
        brief:
          'Send real requests as verify does, with its rights, from pods that start meanwhile; exit codes 7 and 10 are its own',
        optional: true,
        withNegated: false,
      },
      guard: {
        kind: 'parsed',
        parse: parseDuration,
        brief:
          'Watch the requests of the mesh for so long, such as 5m, and put back what was there before where more of them fail',
        placeholder: 'DURATION',
        optional: true,
      },
      ...probeImageFlag,
    },
    aliases: meshAliases,
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, brief: 'A plan that isthmus plan --out wrote', placeholder: 'PLAN', optional: true },
      ],
    },
  },
  async func(this: CliContext, flags, plan) {
    await conclude(this, flags, async (terminal) => {
      const { runApply } = await import('./run.ts');
      return await runApply(flags, plan, { context: this, terminal });
    });
  },
});
