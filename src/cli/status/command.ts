import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import {
  fastFlag,
  meshAliases,
  meshFlags,
  renderFlags,
  type StatusFlags,
  snapshotFlag,
  unknownFlag,
  watchAlias,
  watchFlags,
} from '../shell/flags.ts';

export const statusCommand = buildCommand<StatusFlags, [], CliContext>({
  docs: {
    brief: 'The whole mesh on one screen',
    fullDescription:
      'Clusters, control planes, gateways, peers configured and connected, certificates left, and every object that is not as declared, with who changed it, and whether the MeshServices are in effect. Ends with exit code 7 where something is not as it should be, and with 10 where something could not be read.',
  },
  parameters: {
    flags: {
      ...meshFlags,
      ...renderFlags,
      ...snapshotFlag,
      ...unknownFlag,
      output: {
        ...meshFlags.output,
        values: ['text', 'wide', 'json', 'yaml', 'name'],
        brief: `${meshFlags.output.brief}; wide adds columns, name is one line for each cluster`,
      },
      ...watchFlags,
      ...fastFlag,
    },
    aliases: { ...meshAliases, ...watchAlias },
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runStatus } = await import('./run.ts');
      return await runStatus(flags, { context: this, terminal });
    });
  },
});
