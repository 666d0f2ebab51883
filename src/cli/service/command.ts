import { buildCommand, buildRouteMap } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { meshAliases, meshFlags, parseDuration, type ServiceFlags, snapshotFlag, unknownFlag } from '../shell/flags.ts';

const serviceFlags = {
  ...meshFlags,
  ...snapshotFlag,
  ...unknownFlag,
  output: {
    ...meshFlags.output,
    values: ['text', 'wide', 'json', 'yaml', 'name'],
    brief: `${meshFlags.output.brief}; wide adds columns, name is one line for each service`,
  },
} as const;

const listCommand = buildCommand<Omit<ServiceFlags, 'measure'>, [], CliContext>({
  docs: {
    brief: 'Every service of the mesh: who serves it, its policy, where requests go',
    fullDescription:
      'For every service that applications call: the clusters with ready endpoints, the MeshService that is about it, and the predicted share of each cluster by calling cluster. ' +
      'Ends with exit code 7 where a MeshService is not in effect or requests to a service with ready endpoints are lost, and with 10 where that is not known.',
  },
  parameters: { flags: serviceFlags, aliases: meshAliases },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runService } = await import('./run.ts');
      return await runService(flags, undefined, { context: this, terminal });
    });
  },
});

const showCommand = buildCommand<ServiceFlags, [string], CliContext>({
  docs: {
    brief: 'One service: its endpoints, the rules in force, where requests go',
    fullDescription:
      'Says which clusters serve a service, which MeshService, DestinationRules and VirtualServices decide about its requests, yours among them, and the predicted share of each cluster by calling cluster and port. ' +
      'Ends with exit code 7 where a MeshService is not in effect or requests are lost though it has ready endpoints, and with 10 where that is not known.',
  },
  parameters: {
    flags: {
      ...serviceFlags,
      measure: {
        kind: 'parsed',
        parse: parseDuration,
        brief: 'Count for so long, such as 30s, where its requests really go, by the sidecars that send them',
        placeholder: 'DURATION',
        optional: true,
      },
    },
    aliases: meshAliases,
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'The service, or its whole host name', placeholder: 'NAME.NAMESPACE' }],
    },
  },
  async func(this: CliContext, flags, service) {
    await conclude(this, flags, async (terminal) => {
      const { runService } = await import('./run.ts');
      return await runService(flags, service, { context: this, terminal });
    });
  },
});

export const serviceCommands = buildRouteMap({
  routes: { list: listCommand, show: showCommand },
  defaultCommand: 'list',
  docs: { brief: 'Which clusters serve a service, and where its requests go' },
});
