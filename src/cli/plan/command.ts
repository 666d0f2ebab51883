import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { meshAliases, meshFlags, type PlanFlags, runFlags, unknownFlag } from '../shell/flags.ts';

export const planCommand = buildCommand<PlanFlags, [], CliContext>({
  docs: {
    brief: 'Show what an apply would do, field by field, and write nothing',
    fullDescription:
      'Shows for each cluster what would be made, changed and deleted, in the order in which it would happen, with what the apply would wait for. ' +
      'Values of Secrets, keys and certificates are never shown.',
  },
  parameters: {
    flags: {
      ...runFlags,
      ...unknownFlag,
      output: {
        ...meshFlags.output,
        values: ['text', 'wide', 'json', 'yaml', 'name'],
        brief: `${meshFlags.output.brief}; wide cuts no value, name is one line for each object that would change`,
      },
      exitCode: {
        kind: 'boolean',
        brief: 'End with code 7 where there is something to do',
        optional: true,
        withNegated: false,
      },
      out: {
        kind: 'parsed',
        parse: String,
        brief: 'Write the plan to this file: isthmus apply FILE does exactly that, or nothing',
        placeholder: 'FILE',
        optional: true,
      },
    },
    aliases: meshAliases,
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runPlan } = await import('./run.ts');
      return await runPlan(flags, { context: this, terminal });
    });
  },
});
