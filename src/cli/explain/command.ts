import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { commonFlags, type ExplainFlags } from '../shell/flags.ts';

export const explainCommand = buildCommand<ExplainFlags, [string?], CliContext>({
  docs: {
    brief: 'Describe the kinds and fields of the mesh file',
    fullDescription:
      'Names a kind and, after dots, one of its fields, as kubectl explain does: `isthmus explain meshcluster.spec.gateway`. No cluster is asked.',
  },
  parameters: {
    flags: {
      recursive: {
        kind: 'boolean',
        brief: 'List the fields of the fields too, without their descriptions',
        optional: true,
        withNegated: false,
      },
      ...commonFlags,
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          brief: 'What to describe; left out, the kinds are listed',
          placeholder: 'KIND.FIELD',
          optional: true,
        },
      ],
    },
  },
  async func(this: CliContext, flags, path) {
    await conclude(this, flags, async (terminal) => {
      const { runExplain } = await import('./run.ts');
      return runExplain(path, flags, terminal);
    });
  },
});
