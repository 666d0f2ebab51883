import { buildCommand, buildRouteMap } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import {
  type DrillFlags,
  type DrillStatusFlags,
  meshAliases,
  meshFlags,
  parseCount,
  parseDuration,
  probeImageFlag,
  reportFlag,
  unknownFlag,
} from '../shell/flags.ts';

const { clusters: _, timeout: __, ...sourceFlags } = meshFlags;

const startCommand = buildCommand<DrillFlags, [], CliContext>({
  docs: {
    brief: 'Break one thing on purpose, and compare what happens with the prediction',
    fullDescription:
      'Says what the model expects of every service, asks, and breaks it while throw-away pods in every cluster call a service of their own at a fixed rate; where a service is named, the requests that it gets anyway are counted instead. ' +
      'It is repaired when --for is over; a pod in the cluster repairs it within some 20 seconds where this process or its machine is gone. ' +
      'Shows how soon requests failed, went elsewhere and came back. Ends with exit code 7 where they went elsewhere than predicted, and with 10 where that is not known.',
  },
  parameters: {
    flags: {
      ...sourceFlags,
      ...unknownFlag,
      ...probeImageFlag,
      ...reportFlag,
      fail: {
        kind: 'parsed',
        parse: String,
        brief:
          "What breaks: gateway:CLUSTER, istiod:CLUSTER, endpoints:CLUSTER, those of the drill's own service, or endpoints:NAMESPACE/SERVICE@CLUSTER, those of yours",
        placeholder: 'PART',
      },
      for: {
        kind: 'parsed',
        parse: parseDuration,
        brief: 'For how long, from 12 seconds to an hour',
        placeholder: 'DURATION',
        default: '60s',
      },
      rate: {
        kind: 'parsed',
        parse: parseCount,
        brief: "Requests a second from each cluster to the drill's own service, 1 to 200",
        placeholder: 'N',
        default: '10',
      },
      yes: { kind: 'boolean', brief: 'Break it without asking', withNegated: false, optional: true },
    },
    aliases: meshAliases,
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runDrill } = await import('./run.ts');
      return await runDrill(flags, { context: this, terminal });
    });
  },
});

const statusCommand = buildCommand<DrillStatusFlags, [], CliContext>({
  docs: {
    brief: 'Which drill is under way, and when its fault is repaired',
    fullDescription:
      'Reads in each cluster what a drill records there before it breaks anything: what is broken, who runs it, when it ends, and when the pod in the cluster repairs it at the latest. ' +
      'Ends with exit code 7 where something is broken that its process should have repaired, and with 10 where a cluster could not be read.',
  },
  parameters: { flags: { ...meshFlags, ...unknownFlag }, aliases: meshAliases },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { showDrills } = await import('./run-status.ts');
      return await showDrills(flags, { context: this, terminal });
    });
  },
});

export const drillCommands = buildRouteMap({
  routes: { start: startCommand, status: statusCommand },
  defaultCommand: 'start',
  docs: { brief: 'Break one thing on purpose for a while, and see what is broken so' },
});
