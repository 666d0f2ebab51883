import { z } from 'zod';
import { driftedField } from './drifted-field.ts';
import { reportedError } from './error.ts';
import { finding } from './finding.ts';
import { fields, list, moment, named, report } from './schema.ts';
import { verdictFields } from './verdict.ts';

const rollout = {
  exists: z.boolean().describe('There is such a Deployment.'),
  wanted: z.number().describe('How many pods are wanted; 0 where there is no Deployment, or where it is scaled to 0.'),
  available: z.number().describe('How many pods are available.'),
  updated: z.number().describe('How many pods are of the latest spec.'),
  complete: z.boolean().describe('Every pod is of the latest spec and available.'),
  stalled: z.exactOptional(z.string()).describe('Why the rollout was given up; left out where it was not.'),
  scaledBy: z
    .exactOptional(z.string())
    .describe('The field manager that scaled it to 0; left out where it is not, or where none is noted.'),
};

const peer = named('PeerStatus', 'What a cluster knows of another one.', {
  peer: z.string().describe("The other cluster's name."),
  configured: z
    .boolean()
    .nullable()
    .describe('There is a remote secret for it; null where the Secrets could not be read.'),
  state: z
    .string()
    .nullable()
    .describe(
      'How far istiod has read it: `synced` where every istiod reports that, else the first other word; `unknown` where no istiod names it; null where none could be asked.',
    ),
  answers: z
    .enum(['Yes', 'No', 'Unknown'])
    .describe('Whether every istiod that calls it synced gets an answer from its API server now.'),
  detail: z.exactOptional(z.string()).describe('Why it gets none, or why that is unknown; left out where it gets one.'),
  failure: z
    .exactOptional(z.string())
    .describe('The last failure that an istiod logged of reading it; left out where it is synced, or none was found.'),
  tokenNotAfter: z
    .exactOptional(moment())
    .describe('When the token ends with which it is read, RFC 3339; left out where no operator renews it.'),
});

export type PeerStatus = z.infer<typeof peer>;

const driftedObject = named('DriftedObject', 'An object that is not as declared.', {
  object: z.string().describe('Kind, namespace and name, e.g. `Deployment istio-system/istiod`.'),
  what: z
    .enum(['Missing', 'Changed', 'Unwanted', 'Foreign'])
    .describe(
      '`Missing`: it is to be there. `Changed`: others hold fields of ours, or other values are declared. `Unwanted`: it is no longer declared. `Foreign`: it is of another owner.',
    ),
  fields: list(driftedField).describe(
    'The fields that others changed; none where the mesh file says something else than what was applied.',
  ),
});

const serviceEffect = named('ServiceEffect', 'Whether what a MeshService asks for is what proxies do.', {
  namespace: z.string().describe("The MeshService's namespace."),
  name: z.string().describe("The MeshService's name."),
  policy: z.string().describe('What it asks for, in words.'),
  inEffect: z
    .enum(['Yes', 'No', 'Unknown', 'Unused'])
    .describe(
      '`Yes`: its objects are as declared, and the callers of the cluster go by them. `No`: findings say why. `Unknown`: that could not be read. `Unused`: no pod of the cluster has a sidecar.',
    ),
});

export type ServiceEffect = z.infer<typeof serviceEffect>;

const drift = z
  .discriminatedUnion('state', [
    named('ComparedDrift', 'What a cluster holds against what is declared.', {
      state: z.literal('Compared').describe('It was compared.'),
      objects: list(driftedObject).describe('Every object that is not as declared.'),
    }),
    named('UnreadDrift', 'Why a cluster could not be compared with what is declared.', {
      state: z.literal('Unread').describe('It could not be compared.'),
      error: reportedError.describe('Why.'),
    }),
  ])
  .meta({ id: 'ClusterDrift', description: 'What a cluster holds against what is declared.' });

const cluster = z.string().describe("The cluster's name.");
const network = z.string().describe('The network that the cluster is on.');

export const reachableStatus = named('ReachableStatus', 'A cluster that answers.', {
  cluster,
  network,
  reachable: z.literal(true).describe('It answers.'),
  server: z.string().describe("The API server's URL."),
  kubernetes: z.string().nullable().describe("Kubernetes' version, e.g. `v1.36.3`; null where it could not be read."),
  istiod: fields({
    ...rollout,
    version: z.exactOptional(z.string()).describe("istiod's version; left out where it is unknown."),
    runsIn: z.string().describe('The cluster in which it runs.'),
  })
    .nullable()
    .describe('The istiod that serves the cluster; null where it could not be read.'),
  gateway: z
    .exactOptional(
      fields({
        ...rollout,
        address: z
          .exactOptional(z.string())
          .describe('Its address, with the port where that is not 15443; left out where it has none.'),
      }).nullable(),
    )
    .describe('The east-west gateway; left out where the mesh is on one network, null where it could not be read.'),
  ingress: z
    .exactOptional(
      fields({
        ...rollout,
        address: z
          .exactOptional(z.string())
          .describe('Where requests from outside the mesh reach it; left out where it has none.'),
      }).nullable(),
    )
    .describe('The ingress gateway; left out where the mesh file declares none, null where it could not be read.'),
  peers: list(peer).describe('One for each other cluster that this one reads.'),
  certificate: z
    .exactOptional(
      fields({
        notAfter: moment().describe('When it ends, RFC 3339.'),
        rootFingerprint: z.string().describe('SHA-256 of its root, hexadecimal with colons.'),
        renewAt: z
          .exactOptional(moment())
          .describe('From when on an apply renews it, RFC 3339; left out where someone else made it.'),
      }).nullable(),
    )
    .describe(
      'The intermediate with which its istiod signs; left out where there is none, null where it could not be read.',
    ),
  injectNamespaces: list(
    fields({
      name: z.string().describe("The namespace's name."),
      labelled: z.boolean().describe('It has the label that lets istiod inject sidecars.'),
    }),
  )
    .nullable()
    .describe('The namespaces that the mesh file names for injection; null where they could not be read.'),
  unread: list(
    fields({
      part: z.string().describe('What could not be read, such as `Intermediate`.'),
      error: reportedError.describe('Why.'),
    }),
  ).describe('The parts that could not be read; a finding says what to do about each reason.'),
  drift: z.exactOptional(drift).describe('What is not as declared; left out where nothing was compared.'),
  services: z
    .exactOptional(list(serviceEffect))
    .describe('The declared MeshServices; left out where there are none, or where it was not asked.'),
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
  ...verdictFields(
    'Whether all is as declared and works: `No` where something is known that is not, `Unknown` where something could not be read and nothing else is wrong.',
  ),
  clusters: list(clusterStatus).describe(
    'One for each chosen cluster, in the order of the mesh file; `reachable` says which of two it is.',
  ),
});

export type StatusReport = z.infer<typeof statusReport>;
