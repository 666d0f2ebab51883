import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { type InitFlags, meshFlags } from '../shell/flags.ts';

const { timeout, verbose, quiet, noColor } = meshFlags;

export const initCommand = buildCommand<InitFlags, [], CliContext>({
  docs: {
    brief: 'Write a mesh file from kubeconfig contexts, or from the settings of an Istio',
    fullDescription:
      'Looks at the clusters of the contexts (pod ranges, network, the Istio that runs there) and writes a mesh file that declares them; an Istio that someone else installed is adopted. In a terminal it asks for what no flag says. ' +
      'With --from it turns IstioOperator files or Helm values into a mesh file instead, asks no cluster, and lists what it left out. Nothing is changed in any cluster. ' +
      'Ends with exit code 10 where a cluster did not answer: its part of the file is a guess.',
  },
  parameters: {
    flags: {
      context: {
        kind: 'parsed',
        parse: String,
        brief: 'The context of a cluster, with its name in the mesh where that is to be another; once for each cluster',
        placeholder: '[NAME=]CONTEXT',
        variadic: true,
        optional: true,
      },
      network: {
        kind: 'parsed',
        parse: String,
        brief: 'The network of a cluster or context; left out, the one that it states, else one of its own',
        placeholder: 'NAME=NETWORK',
        variadic: true,
        optional: true,
      },
      name: {
        kind: 'parsed',
        parse: String,
        brief: "The mesh's name; left out, the mesh id that is there, else mesh",
        placeholder: 'NAME',
        optional: true,
      },
      istio: {
        kind: 'parsed',
        parse: String,
        brief: 'The version of Istio; left out, the one that runs there, else that of the istioctl on PATH',
        placeholder: 'VERSION',
        optional: true,
      },
      from: {
        kind: 'parsed',
        parse: String,
        brief: 'An IstioOperator file or Helm values of a cluster; may be given several times',
        placeholder: 'FILE',
        variadic: true,
        optional: true,
      },
      output: {
        kind: 'parsed',
        parse: String,
        brief: 'The file to write; - for standard output',
        placeholder: 'FILE',
        default: 'mesh.yaml',
      },
      force: { kind: 'boolean', brief: 'Overwrite the file', optional: true, withNegated: false },
      timeout,
      verbose,
      quiet,
      noColor,
    },
    aliases: { o: 'output', v: 'verbose', q: 'quiet' },
  },
  async func(this: CliContext, flags) {
    await conclude(this, { noColor: flags.noColor === true }, async (terminal) => {
      const { runInit } = await import('./run.ts');
      return await runInit(flags, { context: this, terminal });
    });
  },
});
