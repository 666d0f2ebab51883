import { buildCommand, buildRouteMap } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { commonFlags, type MeshFlags, meshAliases, meshFlags, unknownFlag } from '../shell/flags.ts';
import type { DiffFlags } from './run-diff.ts';

const takeCommand = buildCommand<MeshFlags, [string], CliContext>({
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

const diffCommand = buildCommand<DiffFlags, [string, string], CliContext>({
  docs: {
    brief: 'What differs between two snapshots, and what that changes for traffic',
    fullDescription:
      'Compares two folders that isthmus snapshot wrote, without a cluster: objects and istiods with the values that differ, then every service and calling cluster. ' +
      'What one of them lacks because it could not be read is not compared, and named. Ends with exit code 10 where that is so or where flows are not known.',
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, brief: 'The folder of the earlier snapshot', placeholder: 'BEFORE' },
        { parse: String, brief: 'The folder of the later snapshot', placeholder: 'AFTER' },
      ],
    },
    flags: {
      output: meshFlags.output,
      exitCode: {
        kind: 'boolean',
        brief: 'End with code 7 where something differs',
        optional: true,
        withNegated: false,
      },
      ...unknownFlag,
      quiet: meshFlags.quiet,
      ...commonFlags,
    },
    aliases: { o: 'output', q: 'quiet' },
  },
  async func(this: CliContext, flags, before, after) {
    await conclude(this, flags, async (terminal) => {
      const { runDiff } = await import('./run-diff.ts');
      return await runDiff(flags, { before, after }, { context: this, terminal });
    });
  },
});

export const snapshotCommands = buildRouteMap({
  routes: { take: takeCommand, diff: diffCommand },
  defaultCommand: 'take',
  docs: { brief: 'Write what predictions need into a folder, and compare two such folders' },
});
