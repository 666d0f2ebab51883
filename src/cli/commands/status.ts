import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../context.ts';
import { meshAliases, meshFlags, snapshotFlag } from '../flags.ts';
import type { SnapshotFlags } from '../load-snapshot.ts';

export const statusCommand = buildCommand<SnapshotFlags, [], CliContext>({
  docs: {
    brief: 'The whole mesh on one screen',
    fullDescription:
      'Clusters, control planes, gateways, peers configured and connected, certificates left. Ends with exit code 7 where something is not as it should be.',
  },
  parameters: { flags: { ...meshFlags, ...snapshotFlag }, aliases: meshAliases },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runStatus } = await import('../run-status.ts');
      return await runStatus(this, flags, terminal);
    });
  },
});
