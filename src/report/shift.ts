import { z } from 'zod';
import { latencyQuantile } from './latency.ts';
import { fields, list, moment, named, report } from './schema.ts';

const shares = z.record(z.string(), z.number()).readonly();

const shiftVerdict = named('ShiftVerdict', 'What followed from a step of a shift.', {
  step: z.number().describe('The step, from 1.'),
  share: z.number().describe('The percent of the requests that the target was to get.'),
  verdict: z
    .enum(['Advance', 'Hold', 'Back'])
    .describe(
      '`Hold`: too little is known, or the share is not what was written. `Back`: the target is worse than it may be.',
    ),
  reason: z.string().describe('Why.'),
  at: z.string().describe('When, RFC 3339.'),
  measured: z.string().describe("The target's measured share, such as `25.3%`."),
  requests: z.number().describe('How many requests were counted.'),
  errors: z.number().describe('How many of them failed.'),
  p99: z
    .exactOptional(
      fields({
        target: latencyQuantile.nullable().describe('In the target; null where none was measured.'),
        sources: latencyQuantile
          .nullable()
          .describe('In the source clusters, or what they showed last; null where none was measured.'),
      }),
    )
    .describe('How long 99 of 100 requests took at most; left out where that is not limited.'),
});

const shiftState = named('ShiftState', 'The shift of a service, or of several of a namespace together.', {
  service: z.string().describe('`name.namespace`; `*.namespace` of several that are shifted together.'),
  services: list(z.string()).describe('The services that get the steps together, `name.namespace`.'),
  to: z.string().describe('The cluster that the requests are shifted to.'),
  phase: z
    .enum(['Running', 'Paused', 'Passed', 'GoingBack', 'Promoted', 'WentBack', 'Aborted', 'Expired'])
    .describe(
      'Where it is. `Passed`: every step was, and the weights hold until it expires. `Expired`: its time is over, and the undoer of each cluster puts the old weights back.',
    ),
  step: z.number().describe('The step whose weights were written last, from 1; 0 before the first.'),
  steps: list(z.number()).describe("The target's share at each step, in percent."),
  weights: shares.describe(
    'The weights that hold by the shift, or that it was promoted with, in percent; empty where the documents alone count.',
  ),
  expiresAt: moment().describe('When the old weights return, RFC 3339.'),
  clusters: list(z.string()).describe('The clusters in which the weights are written.'),
  message: z.string().nullable().describe('Why it is there; null where there is nothing to say.'),
  verdicts: list(shiftVerdict).describe('The last verdict of each step.'),
});

export type ShiftState = z.infer<typeof shiftState>;

export const shiftReport = report('ShiftReport', 'The shifts of a mesh, or the one that was asked for.', {
  mesh: z.string().describe("The mesh's name."),
  ok: z.boolean().describe('None of them went back, was aborted or is over without having been kept.'),
  shifts: list(shiftState).describe(
    'The shifts, by the names of their services; those that have ended stay until the next.',
  ),
});

export type ShiftReport = z.infer<typeof shiftReport>;
