import { z } from 'zod';
import { finding } from './finding.ts';
import { fields, list, moment, named, report } from './schema.ts';

/** The hops of a request in the order it passes them. */
export const hops = [
  'Cluster',
  'ClientPod',
  'ServerPod',
  'ClientProxy',
  'Dns',
  'Discovery',
  'Network',
  'Connect',
  'Trust',
  'Gateway',
  'Server',
  'Policy',
  'Identity',
  'Share',
] as const;

const path = z.enum(['Direct', 'Gateway']);
const latency = named('Latency', 'How long requests took, in milliseconds.', {
  p50: z.number().describe('The median.'),
  p99: z.number().describe('The 99th percentile.'),
});

const identities = named('Identities', "The SPIFFE IDs of both sides, as the server's sidecar sees them.", {
  client: z.nullable(z.string()).describe("The caller's; null where there is none."),
  server: z.nullable(z.string()).describe("The server's; null where there is none."),
});

const checkFields = {
  from: z.string().describe('The cluster that calls.'),
  ok: z.boolean().describe('The check passed; what could not be tested has not.'),
  tested: z
    .boolean()
    .describe(
      'False where nothing is known: a cluster could not be reached, or the pods of the probe could not start for a reason that says nothing of the mesh.',
    ),
};

const measured = {
  latencyMs: z.nullable(latency).describe('How long the requests took, in milliseconds; null where none was answered.'),
  requests: z.number().describe('Measured requests.'),
  failures: z.number().describe('Those of them that failed.'),
  earlierFailures: z.number().describe('Failures of measurements that were repeated because a single request failed.'),
  hop: z
    .nullable(z.enum(hops))
    .describe('The first hop that fails ([every hop](concepts/verify.md)); null where the check passed.'),
  finding: z.nullable(finding).describe('Why the check failed; null where it passed.'),
};

export const pairCheck = named(
  'PairCheck',
  'Requests from one cluster to a service whose endpoints are only in another one (or in the same one, of a mesh of one).',
  {
    ...checkFields,
    to: z.string().describe('The cluster with the endpoints.'),
    expectedPath: path.describe('The path that the requests must take.'),
    path: z.nullable(path).describe('The path that they took; null where none arrived or the sidecar did not say.'),
    via: list(z.string()).describe(
      "`address:port` of the endpoints that the client's sidecar sent successful requests to.",
    ),
    identity: fields({
      expected: identities.describe('Who must call and answer.'),
      seen: identities.describe('Who did, as the server’s sidecar saw it; null where it saw nothing.'),
    }).describe('Who calls and who answers.'),
    reachedAfterMs: z
      .nullable(z.number())
      .describe("Milliseconds from the client's start to its first answer; null where there was none."),
    ...measured,
  },
);

export type PairCheck = z.infer<typeof pairCheck>;

export const sharedCheck = named(
  'SharedCheck',
  'Requests from one cluster to a service with endpoints in all tested clusters.',
  {
    service: z.string().describe('The service.'),
    ...checkFields,
    mode: z
      .enum(['Shared', 'LocalFirst'])
      .describe('`LocalFirst`: locality failover keeps the requests near, so no share is expected of other clusters.'),
    shares: list(
      fields({
        cluster: z.string().describe('A cluster that answered.'),
        requests: z.number().describe('How many requests it answered.'),
        percent: z.number().describe('Its share of them, in percent.'),
      }),
    ).describe('Which clusters answered.'),
    expectations: list(
      fields({
        clusters: list(z.string()).describe('Some clusters.'),
        minimumPercent: z.number().describe('The least share that they must have together, in percent.'),
      }),
    ).describe('What is expected of the shares.'),
    ...measured,
  },
);

export type SharedCheck = z.infer<typeof sharedCheck>;

export const verifiedCluster = named('VerifiedCluster', 'A cluster of a verification.', {
  name: z.string().describe("The cluster's name."),
  network: z.string().describe('The network that the cluster is on.'),
  tested: z.boolean().describe("False where the cluster could not be reached or refused the probe's objects."),
  finding: z.nullable(finding).describe('Why it was not tested; null where it was.'),
  podsReadyAfterMs: z
    .nullable(z.number())
    .describe('Milliseconds from the start of the run until both pods were ready; null where they never were.'),
  cleanUp: z
    .enum(['Nothing', 'Requested', 'Gone', 'Failed'])
    .describe(
      '`Nothing`: there was nothing to remove. `Requested`: the namespace is being deleted. `Gone`: it is deleted. `Failed`: it deletes itself when it expires.',
    ),
  swept: list(z.string()).describe('Expired namespaces of earlier runs that were deleted.'),
  spared: list(
    fields({ namespace: z.string().describe("The namespace's name."), reason: z.string().describe('Why.') }),
  ).describe('Namespaces that are marked like expired ones of earlier runs and were left.'),
  unswept: z
    .string()
    .optional()
    .describe('Why what earlier runs left could not be looked for; left out where it could.'),
});

export type VerifiedCluster = z.infer<typeof verifiedCluster>;

export const verifyReport = report('VerifyReport', 'What requests from every cluster to every other one proved.', {
  mesh: z.string().describe("The mesh's name."),
  trustDomain: z.string().describe('The SPIFFE trust domain.'),
  namespace: z.string().describe('The namespace of the probes.'),
  startedAt: moment().describe('When the run began, RFC 3339.'),
  durationMs: z.number().describe('How long it took, in milliseconds.'),
  firstCrossClusterMs: z
    .nullable(z.number())
    .describe(
      'Milliseconds from the start of the run to the first answer from another cluster; null where there was none.',
    ),
  ok: z.boolean().describe('Every check passed.'),
  passed: z.number().describe('How many checks passed.'),
  total: z.number().describe('How many checks there were.'),
  causes: list(finding).describe(
    'What status finds wrong in the tested clusters, where a check failed: the likely causes, each once, and what it could not read of them. Empty where every check passed.',
  ),
  clusters: list(verifiedCluster).describe('One for each cluster.'),
  pairs: list(pairCheck).describe('One check for every ordered pair of clusters.'),
  shared: list(sharedCheck).describe(
    'One check for every cluster that calls the shared service; none in a mesh of one cluster.',
  ),
});

export type VerifyReport = z.infer<typeof verifyReport>;
