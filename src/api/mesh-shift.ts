import { z } from 'zod';
import { apiVersion } from './mesh.ts';
import { clusterName, namespaceName } from './name.ts';
import { validation } from './validation.ts';

export const meshShiftKind = 'MeshShift';

const percent = z.int32().min(0).max(100);

/** Where a shift is. `Running`, `Paused` and `Passed` live: the weights of their step hold until the shift expires. */
export const shiftPhases = ['Running', 'Paused', 'Passed', 'GoingBack', 'Promoted', 'WentBack', 'Aborted'] as const;
export type ShiftPhase = (typeof shiftPhases)[number];

export const shiftVerdicts = ['Advance', 'Hold', 'Back'] as const;

const mostSteps = 20;
/** One undoer puts all of them back, from one ConfigMap. */
const mostServices = 64;

/** The name of the services of a namespace that are shifted together: no service is called so. */
export const everyService = '*';

/**
 * Not a kind of the mesh file, which says what holds for good: a shift ends. It is the intent of one, in the home cluster,
 * so that any machine can continue it (docs/adr/0015-how-a-shift-or-a-drill-ends.md).
 */
export const meshShift = z
  .strictObject({
    apiVersion: z.literal(apiVersion).describe('The version of the format'),
    kind: z.literal(meshShiftKind).describe('The kind of the object'),
    metadata: z
      .strictObject({
        name: z.string().max(253).describe('NAME.NAMESPACE of the service, NAMESPACE of several: one shift at a time'),
      })
      .describe('The identity of the object'),
    spec: z
      .strictObject({
        mesh: z.string().max(40).describe('The mesh that it belongs to'),
        service: z
          .strictObject({
            name: z.string().min(1).max(63).describe('Its name; * for those in `services`'),
            namespace: namespaceName.describe('Its namespace'),
          })
          .describe('The service whose requests are shifted'),
        services: z
          .array(z.string().min(1).max(63))
          .min(1)
          .max(mostServices)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'set' })
          .describe('The services of the namespace that get the steps together; left out, there is one'),
        to: clusterName.describe('The cluster that they are shifted to'),
        from: z
          .record(clusterName, percent)
          .meta({ maxProperties: 64 })
          .describe('How the other clusters share what the target does not get, in percent; the sum is 100'),
        steps: z
          .array(z.int32().min(1).max(100))
          .min(1)
          .max(mostSteps)
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe("The target's share at each step, in percent, each larger than the one before"),
        everySeconds: z.int32().min(1).max(86_400).describe('How long each step is measured at least, in seconds'),
        abortOn: z
          .array(z.string().max(64))
          .max(4)
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe(
            'What makes it go back: errors>+1%, percentage points above the source clusters; p99>+50ms or p99>+20%, how much slower',
          ),
        expiresAt: z.string().max(40).meta({ format: 'date-time' }).describe('When the old weights return, RFC 3339'),
        clusters: z
          .array(clusterName)
          .min(1)
          .max(64)
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('The clusters whose istiods take their configuration from what is written there'),
      })
      .meta(validation(['self == oldSelf', 'what a shift is about cannot be changed: undo it and begin another']))
      .describe('What is shifted, how and until when'),
  })
  .describe('The shift of the requests of services to another cluster, step by step, until it is kept or goes back');

const micros = z.int32().min(0);
/** A quantile is known as far as its bucket. */
const latency = z.strictObject({
  microseconds: micros.describe('The figure, interpolated within its bucket'),
  from: micros.describe("The bucket's lower bound, in microseconds"),
  to: micros.optional().describe("The bucket's upper bound, in microseconds; left out where it has none"),
  requests: z.int32().min(0).describe('Out of how many requests'),
});

export const meshShiftStatus = z.strictObject({
  phase: z.enum(shiftPhases).describe('Where the shift is'),
  step: z.int32().min(0).max(mostSteps).describe('The step whose weights hold, from 1; 0 before the first'),
  stepSince: z.string().max(40).optional().describe('Since when, RFC 3339'),
  message: z.string().max(1024).optional().describe('Why it is there'),
  verdicts: z
    .array(
      z.strictObject({
        step: z.int32().min(1).max(mostSteps).describe('The step'),
        share: percent.describe("The target's share that was wanted, in percent"),
        verdict: z.enum(shiftVerdicts).describe('What followed'),
        reason: z.string().max(1024).describe('Why'),
        at: z.string().max(40).describe('When, RFC 3339'),
        measured: z.string().max(64).describe("The target's measured share"),
        requests: z.int32().min(0).describe('How many requests were counted'),
        errors: z.int32().min(0).describe('How many of them failed'),
        p99: z
          .strictObject({
            target: latency.optional().describe('In the target; left out where none was measured'),
            sources: latency.optional().describe('In the source clusters; left out where none was measured'),
          })
          .optional()
          .describe('How long 99 of 100 requests took at most; left out where that is not limited'),
      }),
    )
    .max(mostSteps)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('The last verdict of each step'),
});

export type MeshShift = z.output<typeof meshShift>;
export type MeshShiftStatus = z.output<typeof meshShiftStatus>;

/** What a process reads of one; the status is missing until the first step. */
export const storedShift = z.looseObject({
  metadata: z.looseObject({ name: z.string(), resourceVersion: z.string().optional() }),
  spec: meshShift.shape.spec,
  status: meshShiftStatus.optional(),
});
export type StoredShift = z.output<typeof storedShift>;
