import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { fastFlag, meshFlags, parsePort, renderFlags, snapshotFlag, watchFlags } from '../shell/flags.ts';
import type { DashboardFlags } from './run.ts';

const { output: _, clusters: __, ...named } = meshFlags;

export const dashboardCommand = buildCommand<DashboardFlags, [], CliContext>({
  docs: {
    brief: 'Show the mesh in a browser on this machine',
    fullDescription:
      'Serves a page at 127.0.0.1 until Ctrl-C: clusters and links, trust, services and predictions, findings with their remedies, each with its age. ' +
      'The link that it prints works once, in one browser. The page reads with the rights of your kubeconfig and changes nothing.',
  },
  parameters: {
    flags: {
      ...named,
      ...renderFlags,
      snapshot: {
        ...snapshotFlag.snapshot,
        brief: 'Instead of the clusters: a folder that isthmus snapshot wrote, or a folder of several of them',
      },
      ...fastFlag,
      timeout: { ...meshFlags.timeout, brief: 'How long one look may take; left out, ISTHMUS_TIMEOUT', default: '1m' },
      interval: { ...watchFlags.interval, brief: 'How long to wait between two looks' },
      port: {
        kind: 'parsed',
        parse: parsePort,
        brief: 'The port of 127.0.0.1; left out, one that is free',
        placeholder: 'PORT',
        default: '0',
      },
      noOpen: {
        kind: 'boolean',
        brief: 'Print the link, and open no browser',
        optional: true,
        withNegated: false,
      },
    },
    aliases: { f: 'file', v: 'verbose', q: 'quiet' },
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runDashboard } = await import('./run.ts');
      return await runDashboard(flags, { context: this, terminal });
    });
  },
});
