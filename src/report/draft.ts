import { z } from 'zod';
import { reportedError } from './error.ts';
import { fields, list, report } from './schema.ts';

export const meshDraft = report('MeshDraft', 'A mesh file that was made of contexts, or of settings of an Istio.', {
  mesh: z.string().describe("The mesh's name."),
  text: z.string().describe('The text of the file.'),
  clusters: list(
    fields({
      cluster: z.string().describe("The cluster's name in the file."),
      context: z.string().describe('The kubeconfig context that leads to it.'),
      network: z.string().describe('The network that the file gives it.'),
      kubernetes: z
        .string()
        .nullable()
        .describe("Kubernetes' version; null where the cluster was not asked or did not answer."),
      podRanges: list(z.string())
        .nullable()
        .describe('The ranges of pod addresses that its nodes state; null where they could not be read.'),
      istio: list(
        fields({
          revision: z.string().describe('Its revision, `default` where it has none.'),
          version: z.string().nullable().describe('The tag of its image; null where the image has none.'),
          mesh: z
            .exactOptional(z.string())
            .describe('The mesh of Isthmus that it is part of; left out where it is of none.'),
        }),
      )
        .nullable()
        .describe('The istiods that run in it; null where they could not be read.'),
      servedFrom: z
        .exactOptional(z.string().nullable())
        .describe(
          'The cluster whose istiod injects its pods, where it has none itself; null where that is in none of these clusters.',
        ),
      error: z.exactOptional(reportedError).describe('Why the cluster did not answer.'),
    }),
  ).describe('One for each cluster of the file.'),
  notes: list(
    fields({
      cluster: z.exactOptional(z.string()).describe('The cluster that it is about.'),
      message: z.string().describe('The sentence.'),
    }),
  ).describe('What is worth a look before the first plan.'),
  leftOut: list(
    fields({
      file: z.string().describe('The file that has the setting.'),
      setting: z.string().describe('The path of the setting; empty for a whole document.'),
      reason: z.string().describe('Why the mesh file does not have it.'),
    }),
  ).describe('Settings that the mesh file does not have.'),
});

export type MeshDraft = z.infer<typeof meshDraft>;
