import { z } from 'zod';
import { fields, list, moment, report } from './schema.ts';

export const snapshotReport = report('SnapshotReport', 'What was written into the folder of a snapshot.', {
  folder: z.string().describe('The folder.'),
  takenAt: z
    .exactOptional(moment())
    .describe('When the clusters were read, RFC 3339; left out for a copy of a snapshot that does not say.'),
  clusters: list(
    fields({
      cluster: z.string().describe("The cluster's name."),
      objects: z.number().describe('How many objects of it the snapshot holds.'),
    }),
  ).describe('One for each cluster that was read.'),
  istiods: z.number().describe('How many istiods the snapshot holds.'),
  gaps: list(z.string()).describe('What could not be read: sentences.'),
});

export type SnapshotReport = z.infer<typeof snapshotReport>;
