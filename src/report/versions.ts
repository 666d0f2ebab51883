import { z } from 'zod';
import { reportedError } from './error.ts';
import { list, named, report } from './schema.ts';

const cluster = z.string().describe("The cluster's name.");

const declared = z.string().describe('The version of Istio that is declared for it.');

const ofVersion = z.string().describe('The version of Istio that is declared, for all of the mesh or for a cluster.');

const foundRenderer = named('FoundRenderer', 'The program that renders Istio of a version.', {
  declared: ofVersion,
  found: z.literal(true).describe('It runs.'),
  program: z.string().describe('Which program it is and where.'),
  version: z.string().describe('The version of Istio that it renders.'),
});

const missingRenderer = named('MissingRenderer', 'Why no program renders that version.', {
  declared: ofVersion,
  found: z.literal(false).describe('There is none, or it could not be asked.'),
  error: reportedError.describe('Why.'),
});

const istiodVersion = named('IstiodVersion', 'An istiod of a cluster.', {
  revision: z.string().describe('Its revision, `default` where it has none.'),
  version: z.string().nullable().describe('The tag of its image; null where the image has none.'),
});

const readVersions = named('ReadVersions', 'The versions of a cluster that answers.', {
  cluster,
  declared,
  reachable: z.literal(true).describe('It answers.'),
  kubernetes: z.string().describe("Kubernetes' version, e.g. `v1.36.3`."),
  istiods: list(istiodVersion)
    .nullable()
    .describe('The istiods that run in it, one for each revision; null where they could not be read.'),
  error: z.exactOptional(reportedError).describe('Why they could not be read.'),
});

const unreadVersions = named('UnreadVersions', 'A cluster that does not answer.', {
  cluster,
  declared,
  reachable: z.literal(false).describe('It does not answer.'),
  error: reportedError.describe('Why.'),
});

export const versionReport = report('VersionReport', 'The versions of Isthmus and of what it works with.', {
  client: z.string().describe('The version of Isthmus.'),
  mesh: z.exactOptional(z.string()).describe("The mesh's name; left out where no mesh was named."),
  declared: z.exactOptional(z.string()).describe('The version of Istio that the mesh declares.'),
  renderers: z
    .exactOptional(list(z.discriminatedUnion('found', [foundRenderer, missingRenderer])))
    .describe(
      'What renders Istio here, one for each version that the mesh holds, that of the Mesh first; left out where no mesh was named.',
    ),
  clusters: list(z.discriminatedUnion('reachable', [readVersions, unreadVersions])).describe(
    'One for each cluster; none where no mesh was named.',
  ),
});

export type VersionReport = z.infer<typeof versionReport>;
