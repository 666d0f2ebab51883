import { z } from 'zod';
import { reportedError } from './error.ts';
import { objectRef, stagedRef, stuckObject } from './object-ref.ts';
import { counts, fields, list, named, report } from './schema.ts';

const cluster = z.string().describe("The cluster's name.");

const namespaceWithForeign = fields({
  namespace: z.string().describe("The namespace's name."),
  foreign: list(objectRef).describe('The objects of others that it holds.'),
});

export const removalProof = named(
  'RemovalProof',
  'What a cluster holds after a removal, from a search through every kind.',
  {
    kinds: z.number().describe('How many kinds were searched.'),
    objects: z.number().describe('How many objects were looked at.'),
    left: counts().describe('How many objects should be gone and are not, by kind.'),
    finalizers: z.number().describe('How many of these have finalizers.'),
    webhooks: z.number().describe('How many of these are webhook configurations.'),
    definitionsKept: z.number().describe("How many of Istio's definitions stay."),
    definitionsClaimed: list(z.string()).describe('Those of them that still carry our labels.'),
    namespacesKept: list(namespaceWithForeign).describe('The namespaces that stay, and whose objects they hold.'),
    unreleased: list(z.string()).describe('The namespaces that still carry our labels.'),
    unread: list(z.string()).describe('The API groups that did not answer, of which nothing is known.'),
    unreadable: list(z.string()).describe('Single objects that cannot be read and were left alone, and why.'),
  },
);

export type RemovalProof = z.infer<typeof removalProof>;

const removedFields = {
  removed: counts().describe('How many objects are gone, by kind.'),
  released: list(z.string()).describe('The namespaces that stay and lost our labels.'),
  stripped: list(
    fields({
      object: objectRef.describe('The object.'),
      finalizers: list(z.string()).describe('The finalizers that were taken off it.'),
    }),
  ).describe('Objects whose finalizers no controller served any longer.'),
  stuck: list(stuckObject).describe('What was to go and is still there.'),
  sidecars: counts().describe('How many pods run on with a sidecar, by namespace.'),
};

export const removedCluster = named('RemovedCluster', 'A cluster from which the mesh was removed.', {
  cluster,
  outcome: z.enum(['Removed', 'Stuck']).describe('`Stuck`: something is still there; `stuck` says what.'),
  ...removedFields,
  proof: removalProof.describe('What is there now.'),
});

export const unremovedCluster = named('UnremovedCluster', 'A cluster from which the mesh could not be removed.', {
  cluster,
  outcome: z.literal('Failed').describe('Which of the three this is.'),
  ...removedFields,
  error: reportedError.describe('Why.'),
});

const clusterRemoval = z
  .discriminatedUnion('outcome', [removedCluster, unremovedCluster])
  .meta({ id: 'ClusterRemoval', description: 'What a removal did in one cluster.' });

export type ClusterRemoval = z.infer<typeof clusterRemoval>;

const removedSecret = fields({
  cluster: z.string().describe('The cluster that stays and held it.'),
  removed: z.string().describe('The emptied cluster that it was for.'),
});

export const uninstallReport = report('UninstallReport', 'What a removal did.', {
  mesh: z.string().describe("The mesh's name."),
  ok: z.boolean().describe('Every cluster is emptied, and no cluster that stays failed.'),
  clusters: list(clusterRemoval).describe('One for each cluster that is emptied; `outcome` says which of three it is.'),
  peerSecrets: list(removedSecret).describe(
    'Remote secrets for emptied clusters that were taken out of those that stay.',
  ),
  peerFailures: list(fields({ cluster, error: reportedError.describe('Why.') })).describe(
    'The clusters that stay and could not be reached or changed.',
  ),
  seconds: z.number().describe('How long it took, in seconds.'),
  rootFolder: z
    .exactOptional(z.string())
    .describe("Where the mesh's root still is; left out where it is not here, or where the mesh goes on."),
});

export type UninstallReport = z.infer<typeof uninstallReport>;

const plannedNamespace = fields({
  name: z.string().describe("The namespace's name."),
  removed: z.boolean().describe('It goes.'),
  foreign: list(objectRef).describe('The objects of others that it holds; with one, it stays.'),
  contents: counts().describe('How many objects would go with it, by kind.'),
});

const keptDefinition = fields({
  name: z.string().describe("The definition's name."),
  usedBy: list(objectRef).describe('The objects of others that need it; none where its removal was not asked for.'),
});

export const plannedRemoval = named('PlannedRemoval', 'What would be removed from one cluster.', {
  cluster,
  outcome: z.literal('Planned').describe('Which of the two this is.'),
  kinds: counts().describe('How many objects would go, by kind.'),
  remove: list(stagedRef).describe('Each of them.'),
  namespaces: list(plannedNamespace).describe('The namespaces of Istio and Isthmus.'),
  labelsTakenFrom: list(z.string()).describe('The namespaces that stay and lose our labels.'),
  labelsTakenFromDefinitions: list(z.string()).describe('The definitions that stay and lose our labels.'),
  keptDefinitions: list(keptDefinition).describe('The definitions that stay.'),
  foreignIstio: list(objectRef).describe('The control plane of an Istio that stays.'),
  sidecars: counts().describe('How many pods would run on with a sidecar, by namespace.'),
  unread: list(z.string()).describe('The API groups that did not answer, of which nothing is known.'),
  unreadable: list(z.string()).describe('Single objects that cannot be read and would be left alone, and why.'),
});

export type PlannedRemoval = z.infer<typeof plannedRemoval>;

export const unplannedRemoval = named('UnplannedRemoval', 'A cluster that could not be read.', {
  cluster,
  outcome: z.literal('Failed').describe('Which of the two this is.'),
  error: reportedError.describe('Why.'),
});

export const uninstallPlan = report('UninstallPlan', 'What an uninstall would remove. Nothing was removed.', {
  mesh: z.string().describe("The mesh's name."),
  clusters: list(
    z
      .discriminatedUnion('outcome', [plannedRemoval, unplannedRemoval])
      .meta({ id: 'RemovalPlan', description: 'What would be removed from one cluster.' }),
  ).describe('One for each cluster that would be emptied; `outcome` says which of two it is.'),
  peerSecrets: list(removedSecret).describe(
    'Remote secrets for emptied clusters that would be taken out of those that stay.',
  ),
});

export type UninstallPlan = z.infer<typeof uninstallPlan>;
