import { z } from 'zod';
import { fields, list, named } from './schema.ts';

const guardedFlow = named('GuardedFlow', 'The requests from one cluster to one service while a change was watched.', {
  from: z.string().describe('The calling cluster.'),
  host: z.string().describe("The service's whole host name."),
  verdict: z
    .enum(['Advance', 'Hold', 'Back'])
    .describe('`Back`: harm. `Hold`: too few requests to tell. `Advance`: neither.'),
  reason: z.string().describe('Why.'),
  requests: z.number().describe('How many ended since the change.'),
  failed: z.number().describe('How many of them failed.'),
  before: fields({
    requests: z.number().describe('How many ended in the window before.'),
    failed: z.number().describe('How many of them failed.'),
  }).describe('The same before the change.'),
  answered: z
    .record(z.string(), z.number())
    .readonly()
    .describe(
      'By cluster, how many it answered since proxies had the change; `unknown` where its address is not known.',
    ),
  predicted: z
    .record(z.string(), z.number())
    .readonly()
    .nullable()
    .describe('The percent that each cluster was to answer; null where the model does not know the service.'),
});

export const guardReport = named('GuardReport', 'How a change ended that was watched.', {
  outcome: z
    .enum(['Kept', 'WentBack', 'NotNeeded'])
    .describe(
      '`WentBack`: what was there before is back. `NotNeeded`: nothing that decides about requests was changed.',
    ),
  reason: z.string().describe('Why.'),
  seconds: z.number().describe('For how long it was watched.'),
  flows: list(guardedFlow).describe('By service and calling cluster.'),
  left: list(z.string()).describe('What someone else changed meanwhile, and was left as it is.'),
});

export type GuardReport = z.infer<typeof guardReport>;
