import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { meshAliases, meshFlags, type UninstallFlags, unknownFlag, yesFlag } from '../shell/flags.ts';

export const uninstallCommand = buildCommand<UninstallFlags, [], CliContext>({
  docs: {
    brief: 'Remove Isthmus and the Istio it installed',
    fullDescription:
      'Shows what it will remove and asks for the name of the mesh. Then it removes in an order that leaves nothing behind, resolves what hangs on ' +
      'finalizers that nothing serves, and looks through every kind of every cluster for what is left. ' +
      'What is not ours is listed and stays. Interrupted and run again it goes on. Ends with exit code 9 where something does not go.',
  },
  parameters: {
    flags: {
      ...meshFlags,
      ...yesFlag,
      ...unknownFlag,
      dryRun: {
        kind: 'boolean',
        brief: 'Say what would be removed and remove nothing',
        optional: true,
        withNegated: false,
      },
      anyIstio: {
        kind: 'boolean',
        brief: 'Remove an Istio that Isthmus did not install, too: of any revision, by istioctl, Helm or its operator',
        optional: true,
        withNegated: false,
      },
      crds: {
        kind: 'boolean',
        brief: "Remove Istio's CustomResourceDefinitions too, those that no object of yours uses",
        optional: true,
        withNegated: false,
      },
    },
    aliases: meshAliases,
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runUninstall } = await import('./run.ts');
      return await runUninstall(flags, { context: this, terminal });
    });
  },
});
