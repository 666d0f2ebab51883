import { z } from 'zod';
import { reportedError } from './error.ts';
import { list, named, report } from './schema.ts';

const cluster = z.string().describe("The cluster's name.");

const foundRenderer = named('FoundRenderer', 'The program that renders Istio for the mesh.', {
  found: z.literal(true).describe('It runs.'),
  program: z.string().describe('Which program it is and where.'),
  version: z.string().describe('The version of Istio that it renders.'),
});

const missingRenderer = named('MissingRenderer', 'Why no program could be asked.', {
  found: z.literal(false).describe('It could not be asked.'),
  error: reportedError.describe('Why.'),
});

const istiodVersion = named('IstiodVersion', 'An istiod of a cluster.', {
  revision: z.string().describe('Its revision, `default` where it has none.'),
  version: z.string().nullable().describe('The tag of its image; null where the image has none.'),
});

const readVersions = named('ReadVersions', 'The versions of a cluster that answers.', {
  cluster,
  reachable: z.literal(true).describe('It answers.'),
  kubernetes: z.string().describe("Kubernetes' version, e.g. `v1.36.3`."),
  istiods: list(istiodVersion)
    .nullable()
    .describe('The istiods that run in it, one for each revision; null where they could not be read.'),
  error: z.exactOptional(reportedError).describe('Why they could not be read.'),
});

const unreadVersions = named('UnreadVersions', 'A cluster that does not answer.', {
  cluster,
  reachable: z.literal(false).describe('It does not answer.'),
  error: reportedError.describe('Why.'),
});

export const versionReport = report('VersionReport', 'The versions of Isthmus and of what it works with.', {
  client: z.string().describe('The version of Isthmus.'),
  mesh: z.exactOptional(z.string()).describe("The mesh's name; left out where no mesh was named."),
  declared: z.exactOptional(z.string()).describe('The version of Istio that the mesh declares.'),
  renderer: z
    .exactOptional(z.discriminatedUnion('found', [foundRenderer, missingRenderer]))
    .describe('What renders Istio here; left out where no mesh was named.'),
  clusters: list(z.discriminatedUnion('reachable', [readVersions, unreadVersions])).describe(
    'One for each cluster; none where no mesh was named.',
  ),
});

export type VersionReport = z.infer<typeof versionReport>;
