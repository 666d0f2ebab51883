import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { meshAliases, meshFlags, type RenderCommandFlags, renderFlags } from '../shell/flags.ts';

const { clusters: _, ...flags } = meshFlags;

export const renderCommand = buildCommand<RenderCommandFlags, [string], CliContext>({
  docs: {
    brief: 'Write what an apply would write into a folder, for Git and Argo CD or Flux',
    fullDescription:
      'A folder per cluster, in it a folder per step and a file per object, sorted and always the same for the same mesh file. ' +
      'No cluster is asked. Private keys and tokens are never among the files; README.md in the folder says how they get into the clusters.',
  },
  parameters: {
    flags: { ...flags, ...renderFlags },
    aliases: meshAliases,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'The folder', placeholder: 'DIR' }] },
  },
  async func(this: CliContext, given, folder) {
    await conclude(this, given, async (terminal) => {
      const { runRender } = await import('./run.ts');
      return await runRender(given, folder, { context: this, terminal });
    });
  },
});
