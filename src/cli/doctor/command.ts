import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import {
  type DoctorFlags,
  fastFlag,
  meshAliases,
  meshFlags,
  probeImageFlag,
  renderFlags,
  snapshotFlag,
  unknownFlag,
  watchAlias,
  watchFlags,
  yesFlag,
} from '../shell/flags.ts';

export const doctorCommand = buildCommand<DoctorFlags, [], CliContext>({
  docs: {
    brief: 'Find what is wrong, what follows from it, and what to do',
    fullDescription:
      'Reads what status, trust and trace read, each cluster once, and says each cause once, with its evidence, the findings that follow from it and what it breaks; first the one that explains most. ' +
      'Then what every pair of clusters needs of each other, up to the first that fails. Changes nothing. Contexts are enough for an Istio that Isthmus did not install. ' +
      'Ends with exit code 7 where something is wrong, and with 10 where something could not be read and no error is known.',
  },
  parameters: {
    flags: {
      ...meshFlags,
      ...renderFlags,
      ...snapshotFlag,
      ...unknownFlag,
      ...watchFlags,
      context: {
        kind: 'parsed',
        parse: String,
        brief:
          'Without a mesh file: the context of a cluster, with its name in the mesh; once for each. With --home: as elsewhere',
        placeholder: '[NAME=]CONTEXT',
        variadic: true,
        optional: true,
      },
      output: {
        ...meshFlags.output,
        values: ['text', 'table', 'json', 'yaml', 'junit', 'sarif'],
        brief: `${meshFlags.output.brief}; table is text, junit and sarif are for CI systems`,
      },
      failOn: {
        kind: 'enum',
        values: ['error', 'warning', 'info'],
        brief: 'The least severity that ends with exit code 7',
        default: 'error',
      },
      only: {
        kind: 'parsed',
        parse: String,
        brief: 'Only what is about this, such as trust or network; may be given several times',
        placeholder: 'CATEGORY',
        variadic: true,
        optional: true,
      },
      explain: {
        kind: 'parsed',
        parse: String,
        brief: 'Say what a code means, how it is established and what to do; asks no cluster',
        placeholder: 'CODE',
        optional: true,
      },
      active: {
        kind: 'boolean',
        brief: 'Send requests too, from throw-away pods in each cluster; needs the rights of verify, and takes as long',
        optional: true,
        withNegated: false,
      },
      ...probeImageFlag,
      fix: {
        kind: 'boolean',
        brief: 'Show the commands that correct the causes, run them where you say so, and look again',
        optional: true,
        withNegated: false,
      },
      ...yesFlag,
      requirements: {
        kind: 'enum',
        values: ['table', 'gcloud', 'aws', 'terraform'],
        brief:
          'Instead of the causes: what the clusters have to reach in each other, as a table or as rules of a firewall; with -o json the whole report has it',
        optional: true,
      },
      bundle: {
        kind: 'parsed',
        parse: String,
        brief: 'Write the report and what it was made from into this archive, without credentials',
        placeholder: 'FILE',
        optional: true,
      },
      ...fastFlag,
    },
    aliases: { ...meshAliases, ...watchAlias },
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runDoctor } = await import('./run.ts');
      return await runDoctor(flags, { context: this, terminal });
    });
  },
});
