import { z } from 'zod';
import { reportedError } from './error.ts';
import { categories, finding, findingCode, findingFields } from './finding.ts';
import { remedy } from './remedy.ts';
import { fields, list, named, report } from './schema.ts';
import { verdictFields } from './verdict.ts';

const rungs = ['Address', 'Route', 'Tls', 'Sni', 'Secret', 'Token', 'Endpoints', 'Envoy', 'Request'] as const;

const rung = named('Rung', 'One thing that requests from a cluster to another one need.', {
  rung: z
    .enum(rungs)
    .describe(
      'What is needed, in the order in which each stands on those before it: an address for other networks, answers of the API server to istiod, trust, a gateway that passes requests on, a remote secret, a token that is taken, endpoints, proxies that istiod serves, and answers to requests, by the model.',
    ),
  state: z
    .enum(['Passed', 'Failed', 'Follows', 'Unknown', 'NotNeeded'])
    .describe(
      '`Failed` is the first that fails, `Follows` one that fails above it; `NotNeeded` where these two clusters do without.',
    ),
  code: z.exactOptional(findingCode).describe('The code of the finding by which it fails.'),
});

const pairLadder = named('PairLadder', 'What requests from one cluster to another need, rung by rung.', {
  from: z.string().describe('The calling cluster.'),
  to: z.string().describe('The called cluster.'),
  rungs: list(rung).describe('Every rung, in their order.'),
  firstFailed: z.exactOptional(z.enum(rungs)).describe('The first rung that fails; left out where none does.'),
});

export type PairLadder = z.infer<typeof pairLadder>;

const cause = named('Cause', 'A finding that follows from no other one.', {
  ...findingFields,
  consequences: list(finding).describe('The findings that follow from it: they go when it is corrected.'),
});

export type Cause = z.infer<typeof cause>;

const requirement = named('Requirement', 'What a cluster has to reach in another one, by TCP.', {
  from: z.string().describe('The cluster from which connections come.'),
  to: z.string().describe('The cluster in which they end.'),
  what: z
    .enum(['ApiServer', 'Gateway', 'Istiod', 'Pods'])
    .describe(
      'Its API server, for the istiod that reads it; its east-west gateway, for requests from other networks; the istiod in it, through its gateway; its pods, for requests on one network.',
    ),
  address: z.exactOptional(z.string()).describe('An IP address or a host name; left out where it is not known.'),
  ports: list(z.number()).describe(
    'The ports; none means every port, or that it is not known where there is an API server.',
  ),
  answers: z
    .enum(['Yes', 'No', 'Unknown'])
    .describe('Whether it answers from there; of API servers alone that is known without sending anything.'),
});

export type Requirement = z.infer<typeof requirement>;

const bundle = named('Bundle', 'An archive of a diagnosis.', {
  file: z.string().describe('Where it was written: a compressed archive.'),
  files: list(z.string()).describe('What is in it; without a folder `snapshot` where that could not be read.'),
});

export type BundleFacts = z.infer<typeof bundle>;

export const doctorReport = report('DoctorReport', 'What is wrong with a mesh, each cause once.', {
  mesh: z.string().describe("The mesh's name."),
  ...verdictFields(
    '`No` where an error is known, `Unknown` where something could not be read and no error is known; warnings and notes leave it at `Yes`.',
  ),
  clusters: list(
    fields({
      cluster: z.string().describe("The cluster's name."),
      error: z.exactOptional(reportedError).describe('Why it does not answer; left out where it does.'),
    }),
  ).describe('The clusters that were asked.'),
  findings: list(cause).describe('The causes: errors first, and among them the one that explains most.'),
  pairs: list(pairLadder).describe('Every ordered pair of clusters.'),
  requirements: list(requirement).describe('What the clusters have to reach in each other.'),
  predicted: z
    .exactOptional(
      fields({
        pairs: z.number().describe('Pairs of a calling cluster and a port of a service.'),
        lost: z.number().describe('Those of which requests are lost.'),
        unknown: z.number().describe('Those of which that is not known.'),
      }),
    )
    .describe('What the model says of requests; left out where it could not be made.'),
  bundle: z.exactOptional(bundle).describe('The archive that was written; left out where none was asked for.'),
});

export type DoctorReport = z.infer<typeof doctorReport>;

export const codeExplanation = report('CodeExplanation', 'What a code stands for.', {
  code: z.string().describe('The code of a finding or an error.'),
  category: z
    .exactOptional(z.enum(categories))
    .describe('What findings of this code are about; left out for an error.'),
  shown: z.string().describe('A message with this code as it is shown, with names as they occur.'),
  means: z.string().describe('What it means.'),
  established: z.string().describe('How it is established: what was read, and by whom.'),
  remedy: remedy.describe('What to do about it.'),
});

export type CodeExplanation = z.infer<typeof codeExplanation>;
