import { z } from 'zod';
import { objectRef } from './object-ref.ts';
import { fields, jsonObject, list, named, report } from './schema.ts';

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

const notices = list(z.string()).describe("What Istio's renderer logged beside the objects, each line once.");

/** What an apply would write. A shell writes the files where its user wants them. */
export const renderedMesh = report('RenderedMesh', 'What an apply would write, without keys, tokens and addresses.', {
  mesh: z.string().describe("The mesh's name."),
  clusters: list(z.string()).describe('The clusters, in the order of the mesh file.'),
  files: list(
    fields({
      path: z.string().describe('Where it belongs: `CLUSTER/STEP/NAME.yaml`, in the order of an apply.'),
      object: jsonObject.describe('The object.'),
    }),
  ).describe('One file for each object.'),
  missing: list(missingObject).describe('The objects that an apply writes and that are not among the files.'),
  notices,
});

export type RenderedMesh = z.infer<typeof renderedMesh>;

export const renderReport = report('RenderReport', 'What was written into a folder. Paths are relative to it.', {
  mesh: z.string().describe("The mesh's name."),
  folder: z.string().describe('The folder.'),
  written: list(z.string()).describe('The files that are new or changed.'),
  unchanged: list(z.string()).describe('The files that were the same already.'),
  removed: list(z.string()).describe('The files of an earlier render that are no longer wanted.'),
  missing: list(missingObject).describe('The objects that an apply writes and that are not among the files.'),
  notices,
});

export type RenderReport = z.infer<typeof renderReport>;
