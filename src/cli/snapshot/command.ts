import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { type MeshFlags, meshAliases, meshFlags } from '../shell/flags.ts';

export const snapshotCommand = buildCommand<MeshFlags, [string], CliContext>({
  docs: {
    brief: 'Write all facts that a prediction needs into a folder, without credentials',
    fullDescription:
      'Reads every cluster and writes what decides where requests go: trace and whatif read such a folder with --snapshot, anywhere and at any time. ' +
      'Only fields that a prediction or the status reads are kept: no values of Secrets, no commands, no environments but known variables, ' +
      'no values of headers that routes set. The files are for your eyes alone until you pass them on.',
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'Output directory (new or empty)', placeholder: 'DIR' }],
    },
    flags: meshFlags,
    aliases: meshAliases,
  },
  async func(this: CliContext, flags, folder) {
    await conclude(this, flags, async (terminal) => {
      const { runSnapshot } = await import('./run.ts');
      return await runSnapshot(flags, folder, { context: this, terminal });
    });
  },
});
