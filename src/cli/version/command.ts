import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { meshAliases, meshFlags, renderFlags, unknownFlag, type VersionFlags } from '../shell/flags.ts';

export const versionCommand = buildCommand<VersionFlags, [], CliContext>({
  docs: {
    brief: 'Show the versions of Isthmus, its renderer, and of Kubernetes and Istio in each cluster',
    fullDescription:
      'Without a mesh file it prints the version of Isthmus and asks no cluster. With one it shows the program that renders Istio, and the versions that each cluster runs beside the one that the mesh declares; it ends with exit code 10 where a cluster could not be asked.',
  },
  parameters: {
    flags: { ...meshFlags, ...renderFlags, ...unknownFlag },
    aliases: meshAliases,
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runVersion } = await import('./run.ts');
      return await runVersion(flags, { context: this, terminal });
    });
  },
});
