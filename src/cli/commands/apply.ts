import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../context.ts';
import { type ApplyFlags, meshAliases, meshFlags } from '../flags.ts';

export const applyCommand = buildCommand<ApplyFlags, [], CliContext>({
  docs: {
    brief: 'Make the clusters what the mesh file says',
    fullDescription:
      'Makes certificates, installs Istio with your istioctl, deploys east-west gateways and connects the clusters, all of them side by side. ' +
      'Run again it changes nothing; interrupted and run again it finishes.',
  },
  parameters: {
    flags: {
      ...meshFlags,
      istioctl: {
        kind: 'parsed',
        parse: String,
        brief: 'The istioctl that renders Istio; left out, ISTHMUS_ISTIOCTL, then PATH',
        placeholder: 'FILE',
        optional: true,
      },
      dryRun: {
        kind: 'boolean',
        brief: 'Say what would be done and write nothing',
        optional: true,
        withNegated: false,
      },
    },
    aliases: meshAliases,
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runApply } = await import('../run-apply.ts');
      return await runApply(this, flags, terminal);
    });
  },
});
