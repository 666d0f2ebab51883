import { z } from 'zod';
import { objectRef } from './object-ref.ts';
import { fieldChange } from './plan.ts';
import { fields, list, moment, named, report } from './schema.ts';
import { whatIf } from './whatif.ts';

const change = z.enum(['Added', 'Removed', 'Changed']);
const cluster = z.string().describe("The cluster's name.");

export const objectDifference = named('ObjectDifference', 'An object that is not the same in both snapshots.', {
  cluster,
  change: change.describe('What became of it.'),
  ref: objectRef.describe('The object.'),
  fields: list(fieldChange).describe('The values that differ; none where the object was added or removed as a whole.'),
});

export type ObjectDifference = z.infer<typeof objectDifference>;

export const istiodDifference = named('IstiodDifference', 'An istiod that is not set the same in both snapshots.', {
  cluster: z.string().describe('The cluster whose configuration it reads.'),
  runsIn: z.string().describe('The cluster in which its pods run.'),
  change: change.describe('What became of it.'),
  fields: list(fieldChange).describe(
    'The settings that differ, such as `version` or `meshConfig.outboundTrafficPolicy.mode`; none where it was added or removed as a whole.',
  ),
});

export type IstiodDifference = z.infer<typeof istiodDifference>;

export const uncomparedPart = named('UncomparedPart', 'What one of the snapshots lacks because it could not be read.', {
  cluster,
  kind: z.nullable(z.string()).describe('The kind of objects that was not read; null for the whole cluster.'),
  missingIn: z.enum(['Before', 'After']).describe('Which snapshot lacks it.'),
  reason: z.string().describe('Why it could not be read.'),
});

export type UncomparedPart = z.infer<typeof uncomparedPart>;

export const meshDifferences = report('MeshDifferences', 'What differs between two snapshots of a mesh.', {
  takenAt: fields({
    before: z.nullable(moment()).describe('When the one before was taken; null where it does not say.'),
    after: z.nullable(moment()).describe('When the one after was taken; null where it does not say.'),
  }).describe('The times of the snapshots, RFC 3339.'),
  clusters: fields({
    added: list(z.string()).describe('Those that the one after alone has.'),
    removed: list(z.string()).describe('Those that the one before alone has.'),
  }).describe('Clusters that are not in both. One that could not be read is in `uncompared` instead.'),
  objects: list(objectDifference).describe('Objects that differ, of the clusters that are in both.'),
  unchanged: z.number().describe('How many objects of those clusters are the same in both.'),
  istiods: list(istiodDifference).describe('Istiods that differ.'),
  uncompared: list(uncomparedPart).describe(
    'What could not be compared. Not empty, and there may be more differences.',
  ),
  traffic: whatIf.describe('What the differences change for requests, by the model.'),
});

export type MeshDifferences = z.infer<typeof meshDifferences>;
