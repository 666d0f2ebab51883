import { z } from 'zod';
import { reportedError } from './error.ts';
import { guardReport } from './guard.ts';
import { keptObject, objectRef } from './object-ref.ts';
import { leftCluster } from './plan.ts';
import { list, named, report } from './schema.ts';
import { verifyReport } from './verify.ts';

const cluster = z.string().describe("The cluster's name.");

const writeCounts = named('WriteCounts', 'How many objects an apply wrote.', {
  created: z.number().describe('Objects that were created.'),
  configured: z.number().describe('Objects that were changed.'),
  unchanged: z.number().describe('Objects that were left unchanged.'),
});

const unconnected = named('Unconnected', 'A cluster that another one could not be connected to, because it failed.', {
  peer: z.string().describe("The failed cluster's name."),
  error: reportedError.describe('Why.'),
  stands: z.boolean().describe('What connects the two is there from an earlier apply, and was left as it is.'),
});

const pruned = named('PruneOutcome', 'What happened to the objects that are no longer declared.', {
  deleted: list(objectRef).describe('Objects that are gone.'),
  released: list(objectRef).describe('Namespaces of yours from which our label was removed.'),
  kept: list(keptObject).describe('Objects that stay by rule.'),
  failed: list(keptObject).describe('Objects that could not be removed; the next apply tries again.'),
});

export const appliedCluster = named('AppliedCluster', 'A cluster to which the mesh was applied.', {
  cluster,
  outcome: z.literal('Applied').describe('Which of the three this is.'),
  counts: writeCounts.describe('How many objects were written.'),
  unconnected: list(unconnected).describe('Clusters that this one could not be connected to, because they failed.'),
  pruned: z
    .exactOptional(pruned)
    .describe('What happened to the objects that are no longer declared; left out where none were looked for.'),
});

export type AppliedCluster = z.infer<typeof appliedCluster>;

export const failedCluster = named('FailedCluster', 'A cluster that could not be brought to what the mesh declares.', {
  cluster,
  outcome: z.literal('Failed').describe('Which of the three this is.'),
  counts: writeCounts.describe('How many objects were written before it failed.'),
  error: reportedError.describe('Why.'),
});

export type FailedCluster = z.infer<typeof failedCluster>;

const clusterOutcome = z
  .discriminatedUnion('outcome', [appliedCluster, failedCluster, leftCluster])
  .meta({ id: 'ClusterOutcome', description: 'What an apply did to one cluster.' });

export type ClusterOutcome = z.infer<typeof clusterOutcome>;

export const applyReport = report('ApplyReport', 'What an apply did.', {
  mesh: z.string().describe("The mesh's name."),
  ok: z
    .boolean()
    .describe(
      'Every cluster that was not left is as declared: applied, connected to all others, and nothing failed to be removed.',
    ),
  clusters: list(clusterOutcome).describe(
    'One for each cluster, in the order of the mesh file; `outcome` says which of three it is.',
  ),
  newRootFolder: z
    .exactOptional(z.string())
    .describe('The folder with the private key of the root that this run made; left out where it made none.'),
  verification: z
    .exactOptional(verifyReport)
    .describe('What requests showed; left out where none were asked for, and where the apply left something undone.'),
  guard: z
    .exactOptional(guardReport)
    .describe('What requests did while the change was watched; left out where that was not asked for.'),
  requests: z.number().describe('Requests sent to the API servers, all clusters together.'),
  writes: z.number().describe('Those of them that changed something.'),
  seconds: z.number().describe('How long it took, in seconds.'),
});

export type ApplyReport = z.infer<typeof applyReport>;
