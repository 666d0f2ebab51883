import { z } from 'zod';
import { named } from './schema.ts';

export const latencyQuantile = named('LatencyQuantile', 'A quantile of how long requests took, out of buckets.', {
  ms: z.number().describe('The figure in milliseconds, interpolated within its bucket.'),
  fromMs: z.number().describe("The bucket's lower bound in milliseconds."),
  toMs: z.number().nullable().describe("The bucket's upper bound in milliseconds; null where it has none."),
  requests: z.number().describe('Out of how many requests.'),
});

export type LatencyQuantile = z.infer<typeof latencyQuantile>;
