import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import {
  insecureFlag,
  type LeaveFlags,
  meshAliases,
  parseDuration,
  runFlags,
  waitFlag,
  yesFlag,
} from '../shell/flags.ts';

const { clusters: _, ...flags } = runFlags;

export const leaveCommand = buildCommand<LeaveFlags, [string], CliContext>({
  docs: {
    brief: 'Take one cluster out of the mesh, without a failed request',
    fullDescription:
      'First every other cluster forgets it, then the requests under way end, then everything of the mesh in it is removed, and the others are brought ' +
      'to what the file declares without it. With --cluster-lost only the others are changed. The file must still declare the cluster.',
  },
  parameters: {
    flags: {
      ...flags,
      ...waitFlag,
      ...insecureFlag,
      ...yesFlag,
      clusterLost: {
        kind: 'boolean',
        brief: 'The cluster is permanently gone: clean up only the others',
        optional: true,
        withNegated: false,
      },
      drain: {
        kind: 'parsed',
        parse: parseDuration,
        brief: 'How long its gateway is kept after traffic to it stops',
        placeholder: 'DURATION',
        default: '10s',
      },
    },
    aliases: meshAliases,
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'The cluster, as the mesh file names it', placeholder: 'CLUSTER' }],
    },
  },
  async func(this: CliContext, given, cluster) {
    await conclude(this, given, async (terminal) => {
      const { runLeave } = await import('./run.ts');
      return await runLeave(given, cluster, { context: this, terminal });
    });
  },
});
