import { z } from 'zod';
import { objectRef } from './object-ref.ts';
import { list, named, report } from './schema.ts';

export const missingObject = named(
  'MissingObject',
  'An object that an apply writes and that is not among the rendered files.',
  {
    cluster: z.string().describe('The cluster that it belongs to.'),
    ref: objectRef.describe('The object.'),
    message: z.string().describe('Why it is not among them.'),
  },
);

export type MissingObject = z.infer<typeof missingObject>;

export const renderReport = report('RenderReport', 'What was written into a folder. Paths are relative to it.', {
  mesh: z.string().describe("The mesh's name."),
  folder: z.string().describe('The folder.'),
  written: list(z.string()).describe('The files that are new or changed.'),
  unchanged: list(z.string()).describe('The files that were the same already.'),
  removed: list(z.string()).describe('The files of an earlier render that are no longer wanted.'),
  missing: list(missingObject).describe('The objects that an apply writes and that are not among the files.'),
});

export type RenderReport = z.infer<typeof renderReport>;
