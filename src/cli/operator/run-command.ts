import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { parsePort } from '../shell/flags.ts';
import type { RunFlags } from './run-flags.ts';

/** What the operator's pod runs. */
export const runCommand = buildCommand<RunFlags, [], CliContext>({
  docs: {
    brief: 'Keep the mesh of the home cluster: what the pod of the operator runs',
    fullDescription:
      'Waits until it leads, then watches the documents of the home cluster and all that the mesh holds, and brings every cluster to what the documents declare. ' +
      'The home cluster is that of the pod; every other cluster is reached by the kubeconfig in a Secret of isthmus-system that is named like its MeshCluster. ' +
      'It never makes a root: without an issuer it says so in the conditions of each MeshCluster. SIGTERM ends it when what is under way is finished.',
  },
  parameters: {
    flags: {
      home: {
        kind: 'parsed',
        parse: String,
        brief: 'A kubeconfig context instead of the cluster of the pod, for a process outside of it',
        placeholder: 'CONTEXT',
        optional: true,
      },
      homeServer: {
        kind: 'parsed',
        parse: String,
        brief:
          'The URL by which other clusters reach the API server of the home cluster, where its MeshCluster has no spec.peerServer',
        placeholder: 'URL',
        optional: true,
      },
      namespace: {
        kind: 'parsed',
        parse: String,
        brief: 'The namespace of the Lease by which operators elect one',
        placeholder: 'NAMESPACE',
        default: 'isthmus-system',
      },
      leaderElectionId: {
        kind: 'parsed',
        parse: String,
        brief: 'The name of that Lease',
        placeholder: 'NAME',
        default: 'isthmus-operator',
      },
      port: {
        kind: 'parsed',
        parse: parsePort,
        brief: 'Where /healthz, /readyz and /metrics answer',
        placeholder: 'PORT',
        default: '8080',
      },
      logLevel: {
        kind: 'enum',
        values: ['debug', 'info', 'warning', 'error'],
        brief: 'The least that is logged',
        default: 'info',
      },
      probeImage: {
        kind: 'parsed',
        parse: String,
        brief: 'The image of the probes; left out, the one that is made from the source (docs/image.md)',
        placeholder: 'IMAGE',
        optional: true,
      },
      accept: {
        kind: 'parsed',
        parse: String,
        brief:
          'A value of spec.istio.charts or spec.trust.issuer.files that the documents may have; may be given several times',
        placeholder: 'VALUE',
        variadic: true,
        optional: true,
      },
      istioctl: {
        kind: 'parsed',
        parse: String,
        brief: 'The istioctl that renders Istio, one for each version that the mesh holds',
        placeholder: 'PATH',
        variadic: true,
        optional: true,
      },
      helm: {
        kind: 'parsed',
        parse: String,
        brief: 'The helm that renders Istio',
        placeholder: 'PATH',
        optional: true,
      },
    },
  },
  async func(this: CliContext, flags) {
    await conclude(this, {}, async (terminal) => {
      const { keepHome } = await import('./keep-home.ts');
      return await keepHome(flags, { context: this, terminal });
    });
  },
});
