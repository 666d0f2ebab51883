import { z } from 'zod';
import { reportedError } from './error.ts';
import { leftCluster } from './plan.ts';
import { list, named, report } from './schema.ts';

const cluster = z.string().describe("The cluster's name.");

const renewedCluster = named('RenewedCluster', 'A cluster whose istiod signs with a new intermediate.', {
  cluster,
  outcome: z.literal('Renewed').describe('Which of the three this is.'),
  seconds: z.number().describe('How long it took until istiod signed with it, in seconds.'),
});

const unrenewedCluster = named('UnrenewedCluster', 'A cluster whose intermediate could not be renewed.', {
  cluster,
  outcome: z.literal('Failed').describe('Which of the three this is.'),
  error: reportedError.describe('Why.'),
});

const renewalOutcome = z
  .discriminatedUnion('outcome', [renewedCluster, unrenewedCluster, leftCluster])
  .meta({ id: 'RenewalOutcome', description: 'What a renewal did in one cluster.' });

export type RenewalOutcome = z.infer<typeof renewalOutcome>;

export const renewalReport = report('RenewalReport', 'Which clusters have a new intermediate.', {
  mesh: z.string().describe("The mesh's name."),
  ok: z.boolean().describe('No cluster failed.'),
  clusters: list(renewalOutcome).describe(
    'One for each cluster, in the order of the mesh file; `outcome` says which of three it is. A cluster without an istiod of its own is left, too.',
  ),
});

export type RenewalReport = z.infer<typeof renewalReport>;
