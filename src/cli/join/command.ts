import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { insecureFlag, type JoinFlags, meshAliases, probeImageFlag, runFlags, waitFlag } from '../shell/flags.ts';

const { clusters: _, ...flags } = runFlags;

export const joinCommand = buildCommand<JoinFlags, [string], CliContext>({
  docs: {
    brief: 'Bring one more cluster into a running mesh',
    fullDescription:
      'The file declares the new cluster already. First everything is looked at that could go wrong: names, networks, pod ranges, Services of the same name, ' +
      'rights, versions, and from pods on both sides whether the API servers are reached. Whatever is wrong is listed at once and ends with exit code 7; otherwise the ' +
      'mesh is applied.',
  },
  parameters: {
    flags: {
      ...flags,
      ...waitFlag,
      ...insecureFlag,
      ...probeImageFlag,
      check: {
        kind: 'boolean',
        brief: 'Check only: report what would block the join',
        optional: true,
        withNegated: false,
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
      const { runJoin } = await import('./run.ts');
      return await runJoin(given, cluster, { context: this, terminal });
    });
  },
});
