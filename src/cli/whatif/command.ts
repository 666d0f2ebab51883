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
import { parseAssertion } from '../shell/request-flags.ts';
import type { WhatIfFlags } from './run.ts';

export const whatifCommand = buildCommand<WhatIfFlags, [], CliContext>({
  docs: {
    brief: 'Predict what changes for traffic when a part of the mesh is gone or different',
    fullDescription:
      'Compares every service and calling cluster before and after: still served by whom, unreachable and why, what works only until certificates expire, and what the rest hangs on. ' +
      'Without --down, --split and --change it shows the single points of failure of the mesh as it is.',
  },
  parameters: {
    flags: {
      ...meshFlags,
      ...snapshotFlag,
      down: {
        kind: 'parsed',
        parse: String,
        brief:
          'What is gone: cluster:NAME, gateway:CLUSTER, istiod:CLUSTER, ca:CLUSTER, network-link:NETWORK-NETWORK or pod-selector:CLUSTER/NAMESPACE:label=value; may be given several times',
        placeholder: 'PART',
        variadic: true,
        optional: true,
      },
      split: {
        kind: 'parsed',
        parse: String,
        brief:
          'A service that is divided between clusters as a MeshService would, in percent: reviews.shop:west=30,east=70; may be given several times',
        placeholder: 'SPLIT',
        variadic: true,
        optional: true,
      },
      change: {
        kind: 'parsed',
        parse: String,
        brief: 'Objects to add or replace, or to remove (annotation isthmus.dev/change: delete); - for standard input',
        placeholder: 'FILE',
        variadic: true,
        optional: true,
      },
      ...requestFlags,
      ...connectedFlag,
      ...assumptionsFlag,
      ...unknownFlag,
      assert: {
        kind: 'parsed',
        parse: parseAssertion,
        brief:
          'End with code 7 where more service ports become unreachable=N or degraded=N, with 10 where that is not known',
        placeholder: 'WHAT=N',
        variadic: true,
        optional: true,
      },
    },
    aliases: meshAliases,
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runWhatIf } = await import('./run.ts');
      return await runWhatIf(flags, { context: this, terminal });
    });
  },
});
