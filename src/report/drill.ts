import { z } from 'zod';
import { fields, list, named, report } from './schema.ts';

const shares = z.record(z.string(), z.number()).readonly();
const milliseconds = z.number().nullable();

const drilledCaller = named('DrilledCaller', 'The requests from one cluster during a drill.', {
  from: z.string().describe('The calling cluster.'),
  verdict: z.enum(['AsPredicted', 'Different', 'Unknown']).describe('Whether they went where the model sent them.'),
  reason: z.string().describe('Why.'),
  predicted: fields({
    shares: shares.describe('The percent that each cluster was to answer at the first attempt.'),
    lost: z.number().describe('The percent that was to be lost at the first attempt.'),
  })
    .nullable()
    .describe('What the model said; null where it did not know.'),
  before: shares.describe('The percent that each cluster answered before.'),
  during: shares.describe('The same in the last third of the fault.'),
  after: shares.describe('The same in the last three seconds.'),
  lost: z.number().describe('The percent that was lost in the last third of the fault.'),
  sent: z.number().describe('How many requests were sent from the fault on.'),
  failed: z.number().describe('How many of them failed.'),
  failure: z.string().nullable().describe('Why the first of them failed; null where none did.'),
  firstFailureMs: milliseconds.describe('From the fault to the first request that failed; null where none did.'),
  settledMs: milliseconds.describe(
    'From the fault until requests went as in its last third; null where they never settled.',
  ),
  returnedMs: milliseconds.describe('From the repair until requests went as before; null where they did not.'),
});

export type DrilledCaller = z.infer<typeof drilledCaller>;

export const drillReport = report('DrillReport', 'What happened when one thing was broken on purpose.', {
  mesh: z.string().describe("The mesh's name."),
  ok: z.boolean().describe('`verdict` is `AsPredicted`, and everything is as before.'),
  verdict: z
    .enum(['AsPredicted', 'Different', 'Unknown'])
    .describe('Of all callers together: whether requests went where the model sent them.'),
  fault: z.string().describe('What was broken: `gateway:east`.'),
  seconds: z.number().describe('For how long.'),
  service: z
    .string()
    .describe(
      'The service that was called, `name.namespace`: the one whose endpoints were named, counted by the sidecars of its callers, or a throw-away one.',
    ),
  touched: list(
    fields({
      host: z.string().describe('The service.'),
      port: z.number().describe('Its port.'),
      from: z.string().describe('The calling cluster.'),
      verdict: z
        .enum(['Unreachable', 'Degraded', 'Moved', 'Rerouted', 'Restored', 'CallerGone'])
        .describe('What happens to its requests.'),
    }),
  ).describe('What the model said of the services of the mesh, before anything was broken.'),
  restored: list(z.string()).describe('The objects that are as before.'),
  left: list(z.string()).describe('What someone else changed meanwhile, and was left as it is.'),
  callers: list(drilledCaller).describe('By the calling cluster.'),
});

export type DrillReport = z.infer<typeof drillReport>;
