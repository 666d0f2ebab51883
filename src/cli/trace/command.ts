import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import {
  assumptionsFlag,
  connectedFlag,
  meshAliases,
  meshFlags,
  requestFlags,
  snapshotFlag,
  unknownFlag,
} from '../shell/flags.ts';
import { parseDestination, parseHeader } from '../shell/request-flags.ts';
import type { TraceFlags } from './run.ts';

export const traceCommand = buildCommand<TraceFlags, [], CliContext>({
  docs: {
    brief: "Predict a request's path, hop by hop",
    fullDescription:
      'Says which route, endpoints and gateways a request of a workload takes, what is left out and why, and whether it is delivered, from the configuration alone. ' +
      'Ends with exit code 7 where it is not delivered, or where --live finds a difference, and with 10 where the prediction does not say.',
  },
  parameters: {
    flags: {
      ...meshFlags,
      ...snapshotFlag,
      from: {
        kind: 'parsed',
        parse: String,
        brief: 'Who calls: a workload, or one of its pods',
        placeholder: 'CLUSTER/NAMESPACE/NAME',
      },
      to: {
        kind: 'parsed',
        parse: parseDestination,
        brief: 'What is called, as the application writes it',
        placeholder: 'HOST:PORT',
      },
      subset: {
        kind: 'parsed',
        parse: String,
        brief: 'A subset that the request goes to, whatever the routes say',
        placeholder: 'NAME',
        optional: true,
      },
      header: {
        kind: 'parsed',
        parse: parseHeader,
        brief: 'A header of the request; may be given several times',
        placeholder: 'NAME=VALUE',
        variadic: true,
        optional: true,
      },
      ...requestFlags,
      live: {
        kind: 'boolean',
        brief: "Hold the prediction against the real istiod, the caller's Envoy and real requests of the caller",
        optional: true,
        withNegated: false,
      },
      ...connectedFlag,
      ...assumptionsFlag,
      ...unknownFlag,
      noRequest: { kind: 'boolean', brief: 'With --live: send no request', optional: true, withNegated: false },
    },
    aliases: meshAliases,
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runTrace } = await import('./run.ts');
      return await runTrace(flags, { context: this, terminal });
    });
  },
});
