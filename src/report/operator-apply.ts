import { z } from 'zod';
import { objectRef } from './object-ref.ts';
import { fields, list, report } from './schema.ts';
import { verifyReport } from './verify.ts';

const document = fields({
  object: objectRef.describe('The document.'),
  action: z.enum(['Create', 'Update', 'Keep', 'Delete']).describe('What was done about it; `Keep` is nothing.'),
});

const cluster = fields({
  cluster: z.string().describe('The name of the MeshCluster.'),
  phase: z.string().nullable().describe('The whole in one word; null where the operator has written nothing yet.'),
  outcome: z
    .enum(['Available', 'Waiting', 'Failed'])
    .describe('`Waiting`: it may still become available; `Failed`: somebody has to change something first.'),
  message: z.string().describe('Why it is not available, and what to do about it; empty where it is.'),
});

export const operatorApply = report(
  'OperatorApply',
  'What an operator made of the documents that were stored for it.',
  {
    mesh: z.string().describe("The mesh's name."),
    ok: z.boolean().describe('Every cluster is available, by documents as they are now.'),
    operator: z.string().describe('Which pod keeps the mesh, in the words of its Lease.'),
    documents: list(document).describe('Every declared document, and those that are no longer declared.'),
    clusters: list(cluster).describe('The clusters, in the order of the mesh file.'),
    verification: z
      .exactOptional(verifyReport)
      .describe('What requests showed then; left out where none were asked for, and where a cluster is not available.'),
    seconds: z.number().describe('How long it took, in seconds.'),
  },
);

export type OperatorApply = z.infer<typeof operatorApply>;
