import { z } from 'zod';
import { reportedError } from './error.ts';
import { objectRef } from './object-ref.ts';
import { list, moment, named, report } from './schema.ts';
import { verdictFields } from './verdict.ts';

const drillState = named('DrillState', 'A drill that is under way, or what an ended one left.', {
  cluster: z.string().describe('The cluster in which it breaks something.'),
  phase: z
    .enum(['Armed', 'Broken', 'Repairing', 'Left'])
    .describe(
      'Where it is. `Armed`: nothing is broken yet. `Broken`: it is, for as long as was asked. `Repairing`: it is, and the undoing job repairs it, because the process of the drill is silent or the time is over. `Left`: the same where nothing is broken; the next drill takes away what that one left.',
    ),
  fault: z
    .nullable(z.string())
    .describe('What is broken: `gateway:east`; null where the version that began it did not note it.'),
  objects: list(objectRef).describe('The objects that it changes.'),
  holder: z
    .nullable(z.string())
    .describe('Who runs it; null before anything is broken, and where the process is gone.'),
  brokenAt: z.nullable(moment()).describe('When it was broken, RFC 3339; null where its process is gone, and before.'),
  endsAt: z.nullable(moment()).describe('When its process repairs it, RFC 3339; null where that is not known.'),
  undoneAt: moment().describe(
    'When the undoing job in the cluster repairs it at the latest, RFC 3339. It does so within some 20 seconds where the process of the drill is gone.',
  ),
});

export type DrillState = z.infer<typeof drillState>;

const unreadDrill = named('UnreadDrill', 'A cluster of which it is not known whether a drill is under way.', {
  cluster: z.string().describe("The cluster's name."),
  error: reportedError.describe('Why.'),
});

export const drillStatus = report('DrillStatus', 'The drills that are under way in a mesh, and what ended ones left.', {
  mesh: z.string().describe("The mesh's name."),
  ...verdictFields(
    'Whether nothing is broken but what a running drill breaks. `No`: something is that its process should have repaired. `Unknown`: some cluster could not be read.',
  ),
  drills: list(drillState).describe('One for each cluster that has one, in the order of the mesh file.'),
  unread: list(unreadDrill).describe('The clusters that could not be read.'),
});

export type DrillStatus = z.infer<typeof drillStatus>;
