import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { meshAliases, meshFlags, probeImageFlag, unknownFlag, type VerifyFlags } from '../shell/flags.ts';

export const verifyCommand = buildCommand<VerifyFlags, [], CliContext>({
  docs: {
    brief: 'Prove with real requests that every cluster reaches every other',
    fullDescription:
      'Starts throw-away clients and servers in every cluster, sends requests between every ordered pair, reports path, identity, share and latency, ' +
      'and takes everything away again. Ends with exit code 7 where a check fails, and with 10 where those that did not pass could not be tested.',
  },
  parameters: {
    flags: {
      ...meshFlags,
      ...probeImageFlag,
      ...unknownFlag,
      requests: {
        kind: 'parsed',
        parse: (text) => Number.parseInt(text, 10),
        brief: 'Requests per check',
        placeholder: 'N',
        default: '40',
      },
      junit: {
        kind: 'parsed',
        parse: String,
        brief: 'Write a JUnit report to this file too',
        placeholder: 'FILE',
        optional: true,
      },
    },
    aliases: meshAliases,
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runVerify } = await import('./run.ts');
      return await runVerify(flags, { context: this, terminal });
    });
  },
});
