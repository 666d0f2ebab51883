import { z } from 'zod';
import { reportedError } from './error.ts';
import { finding } from './finding.ts';
import { fields, list, moment, named, report } from './schema.ts';

const rollout = {
  wanted: z.number().describe('How many pods are wanted; 0 where there is no Deployment that could be read.'),
  available: z.number().describe('How many pods are available.'),
  complete: z.boolean().describe('Every pod is of the latest spec and available.'),
};

const peer = named('PeerStatus', 'What a cluster knows of another one.', {
  peer: z.string().describe("The other cluster's name."),
  configured: z.boolean().describe('There is a remote secret for it.'),
  state: z
    .string()
    .describe(
      'How far istiod has read it: `synced` where every istiod reports that, else the first other word; `unknown` where no istiod names it.',
    ),
  answers: z
    .enum(['Yes', 'No', 'Unknown'])
    .describe('Whether every istiod that calls it synced gets an answer from its API server now.'),
  detail: z.exactOptional(z.string()).describe('Why it gets none, or why that is unknown; left out where it gets one.'),
});

export type PeerStatus = z.infer<typeof peer>;

const cluster = z.string().describe("The cluster's name.");
const network = z.string().describe('The network that the cluster is on.');

export const reachableStatus = named('ReachableStatus', 'A cluster that answers.', {
  cluster,
  network,
  reachable: z.literal(true).describe('It answers.'),
  server: z.string().describe("The API server's URL."),
  kubernetes: z.string().describe("Kubernetes' version, e.g. `v1.36.3`."),
  istiod: fields({
    ...rollout,
    version: z.exactOptional(z.string()).describe("istiod's version; left out where it is unknown."),
    runsIn: z.string().describe('The cluster in which it runs.'),
  }).describe('The istiod that serves the cluster.'),
  gateway: z
    .exactOptional(
      fields({
        ...rollout,
        address: z
          .exactOptional(z.string())
          .describe('Its address, with the port where that is not 15443; left out where it has none.'),
      }),
    )
    .describe('The east-west gateway; left out where the mesh is on one network.'),
  peers: list(peer).describe('One for each other cluster that this one reads.'),
  certificate: z
    .exactOptional(
      fields({
        notAfter: moment().describe('When it ends, RFC 3339.'),
        rootFingerprint: z.string().describe('SHA-256 of its root, hexadecimal with colons.'),
      }),
    )
    .describe('The intermediate with which its istiod signs; left out where none can be read.'),
  injectNamespaces: list(
    fields({
      name: z.string().describe("The namespace's name."),
      labelled: z.boolean().describe('It has the label that lets istiod inject sidecars.'),
    }),
  ).describe('The namespaces that the mesh file names for injection.'),
  findings: list(finding).describe('Everything that is not as it should be.'),
});

export type ReachableStatus = z.infer<typeof reachableStatus>;

export const unreachableStatus = named(
  'UnreachableStatus',
  'A cluster that does not answer, so that nothing is known of it.',
  {
    cluster,
    network,
    reachable: z.literal(false).describe('It does not answer.'),
    error: reportedError.describe('Why.'),
    findings: list(finding).describe('The same as a finding, with what to do.'),
  },
);

export type UnreachableStatus = z.infer<typeof unreachableStatus>;

const clusterStatus = z
  .discriminatedUnion('reachable', [reachableStatus, unreachableStatus])
  .meta({ id: 'ClusterStatus', description: 'What is true of one cluster.' });

export type ClusterStatus = z.infer<typeof clusterStatus>;

export const statusReport = report('MeshStatus', 'What is true of a mesh now, or was at the time of a snapshot.', {
  mesh: z.string().describe("The mesh's name."),
  readAt: moment().describe('When it was read, RFC 3339.'),
  ok: z.boolean().describe('Every cluster answers, and none has a finding that is an error or a warning.'),
  clusters: list(clusterStatus).describe(
    'One for each chosen cluster, in the order of the mesh file; `reachable` says which of two it is.',
  ),
});

export type StatusReport = z.infer<typeof statusReport>;
