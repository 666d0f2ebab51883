import { z } from 'zod';
import { driftedField } from './drifted-field.ts';
import { reportedError } from './error.ts';
import { keptObject, objectRef } from './object-ref.ts';
import { remedy } from './remedy.ts';
import { fields, json, list, named, report } from './schema.ts';
import { whatIf } from './whatif.ts';

/** The steps of an apply, in their order. */
export const stages = [
  'Namespace',
  'Definitions',
  'Wrapping',
  'Trust',
  'Access',
  'Address',
  'Configuration',
  'ControlPlane',
  'Webhooks',
  'Gateway',
  'Exposure',
  'Documents',
  'Hosted',
  'Discovery',
  'Injection',
] as const;

const stage = z.enum(stages);

export const fieldChange = named(
  'FieldChange',
  'A field whose value would change, or that differs between two snapshots.',
  {
    field: z.string().describe("The field's path, e.g. `spec.template.spec.containers[discovery].image`."),
    before: z
      .exactOptional(json)
      .describe('Its value before; left out where the field is new. A value that must not be shown is `"(hidden)"`.'),
    after: z
      .exactOptional(json)
      .describe('Its value after; left out where the field goes. A value that must not be shown is `"(hidden)"`.'),
  },
);

export type FieldChange = z.infer<typeof fieldChange>;

export const plannedChange = named('PlannedChange', 'What an apply would do to one object.', {
  action: z
    .enum(['Create', 'Update', 'Release', 'Delete'])
    .describe('What it would do. `Release`: what we set on a namespace of yours is removed.'),
  stage: stage.describe('The step of the apply.'),
  ref: objectRef.describe('The object.'),
  reason: z.string().describe('Why, in words.'),
  drift: list(driftedField).describe('What others changed since the last apply.'),
  fields: list(fieldChange).describe(
    'The values that would change; none where the object is created or deleted as a whole.',
  ),
  loss: z.exactOptional(z.string()).describe('What is lost for good, e.g. an address; left out where nothing is.'),
  error: z
    .exactOptional(reportedError)
    .describe('Why the API server refuses the change, as an apply would hear; left out where it takes it.'),
});

export type PlannedChange = z.infer<typeof plannedChange>;

const totals = fields({
  create: z.number().describe('Objects to create.'),
  change: z.number().describe('Objects to update or to release.'),
  delete: z.number().describe('Objects to delete.'),
});

const barrier = named('Barrier', 'Something that an apply waits for.', {
  stage: stage.describe('The step of the apply.'),
  when: z.enum(['Before', 'After']).describe('Before the step begins, or after its objects were applied.'),
  awaits: z.string().describe('What it waits for, in words.'),
});

const respectedDrift = named('RespectedDrift', 'An object with fields that are left to those who changed them.', {
  ref: objectRef.describe('The object.'),
  drift: list(driftedField).describe('The fields.'),
});

const guard = named('DeletionGuard', 'Whether an apply may delete as much as it would.', {
  deletions: z.number().describe('Objects that would be deleted.'),
  inventory: z.number().describe('Objects that the inventory names.'),
  limit: z.number().describe('How many an apply may delete.'),
  halved: list(
    fields({
      kind: z.string().describe('The kind, e.g. `DestinationRule`.'),
      deletions: z.number().describe('Objects of it that would be deleted.'),
      inventory: z.number().describe('Objects of it that the inventory names.'),
    }),
  ).describe('Kinds that would lose half of their objects or more, three at least.'),
  verdict: z
    .enum(['Allowed', 'OverLimit', 'KindHalved', 'Everything'])
    .describe(
      '`OverLimit`: an apply needs a higher limit. `KindHalved`: a kind would lose half of its objects or more, and an apply needs a limit that somebody gives. `Everything`: nothing would be left, which an apply always refuses.',
    ),
});

const cluster = z.string().describe("The cluster's name.");

export const plannedCluster = named('PlannedCluster', 'A cluster that was planned.', {
  cluster,
  outcome: z.literal('Planned').describe('Which of the three this is.'),
  server: z.string().describe("The API server's URL."),
  totals: totals.describe('How many objects of this cluster.'),
  changes: list(plannedChange).describe('In the order in which they would happen, deletions last.'),
  barriers: list(barrier).describe('What the apply waits for.'),
  respected: list(respectedDrift).describe('Objects with fields that are left to others (`spec.drift: Respect`).'),
  kept: list(keptObject).describe('Objects that are no longer declared and that stay.'),
  unchanged: z.number().describe('How many objects are unchanged.'),
  guard: guard.describe('Whether an apply may delete as much.'),
  notices: list(z.string()).describe('Sentences that are worth reading and change nothing.'),
});

export type PlannedCluster = z.infer<typeof plannedCluster>;

export const unplannedCluster = named('UnplannedCluster', 'A cluster that could not be planned.', {
  cluster,
  outcome: z.literal('Failed').describe('Which of the three this is.'),
  error: reportedError.describe('Why.'),
});

export const leftCluster = named('LeftCluster', 'A cluster that was not among the chosen ones.', {
  cluster,
  outcome: z.literal('Left').describe('It is left as it is.'),
});

const clusterPlan = z
  .discriminatedUnion('outcome', [plannedCluster, unplannedCluster, leftCluster])
  .meta({ id: 'ClusterPlan', description: 'What an apply would do to one cluster.' });

export type ClusterPlan = z.infer<typeof clusterPlan>;

const trafficGap = named('TrafficGap', 'A side of the traffic that is not known.', {
  message: z.string().describe('What was not read, and why.'),
  remedy: remedy.describe('Who must allow or repair what.'),
});

export const planTraffic = z
  .discriminatedUnion('outcome', [
    named('UntouchedTraffic', 'The plan touches nothing that decides about traffic.', {
      outcome: z.literal('None').describe('Which of the three this is.'),
    }),
    named('PredictedTraffic', 'The change of traffic was predicted.', {
      outcome: z.literal('Predicted').describe('Which of the three this is.'),
      change: whatIf.describe('What changes.'),
      gaps: list(trafficGap).describe('What was not read, so that the prediction does not cover it.'),
    }),
    named('UnpredictedTraffic', 'The change of traffic could not be predicted.', {
      outcome: z.literal('NotPredicted').describe('Which of the three this is.'),
      message: z.string().describe('Why not.'),
      remedy: remedy.describe('Who must allow or repair what.'),
    }),
  ])
  .meta({ id: 'PlanTraffic', description: 'What a plan changes for traffic.' });

export type PlanTraffic = z.infer<typeof planTraffic>;

export const planReport = report('MeshPlan', 'What an apply would do to a mesh. Nothing was written.', {
  mesh: z.string().describe("The mesh's name."),
  istio: z.string().describe('The Istio version that the mesh asks for.'),
  otherIstios: z
    .exactOptional(
      list(
        fields({
          cluster,
          version: z.string().describe('The Istio version that is declared for it.'),
        }),
      ),
    )
    .describe('The clusters that are declared with another one; left out where there are none.'),
  totals: totals.describe('How many objects, over all clusters.'),
  clusters: list(clusterPlan).describe(
    'One for each cluster, in the order of the mesh file; `outcome` says which of three it is.',
  ),
  traffic: planTraffic.describe('What changes for traffic; `outcome` says which of three it is.'),
  requests: z.number().describe('Requests sent to the API servers, all clusters together.'),
});

export type PlanReport = z.infer<typeof planReport>;
