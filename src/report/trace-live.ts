import { z } from 'zod';
import { fields, list, named } from './schema.ts';

export const liveDestination = named('LiveDestination', 'How the prediction for one destination compares.', {
  envoyCluster: z.string().describe("Envoy's cluster, `outbound|PORT|SUBSET|HOST`."),
  verdict: z
    .enum(['Agrees', 'ModelDefect', 'StaleProxy', 'NotKnown'])
    .describe(
      '`ModelDefect`: istiod itself says something else. `StaleProxy`: istiod says what was predicted, but Envoy has other hosts. `NotKnown`: not all could be asked.',
    ),
  differences: list(
    fields({
      at: z.enum(['istiod', 'envoy']).describe('Where it was seen.'),
      address: z.string().describe("The endpoint's address."),
      predicted: z.nullable(z.string()).describe('What was predicted of it; null where it was not predicted.'),
      actual: z.nullable(z.string()).describe('What istiod or Envoy has; null where it does not have it.'),
    }),
  ).describe('Endpoints that are not as predicted.'),
  ejected: list(z.string()).describe('Addresses that outlier detection has ejected.'),
});

export type LiveDestination = z.infer<typeof liveDestination>;

export const liveRequest = named('LiveRequest', 'One request that the caller really sent.', {
  id: z.string().describe('Its `x-request-id`.'),
  method: z.string().describe('Its method.'),
  url: z.string().describe('Its URL.'),
  verdict: z
    .enum(['AsPredicted', 'Elsewhere', 'NotAnswered', 'Answered'])
    .describe(
      '`Elsewhere`: another endpoint than predicted answered. `NotAnswered`: an answer was predicted. `Answered`: none was predicted.',
    ),
  status: z.nullable(z.number()).describe('The HTTP status; null where there was no answer.'),
  answered: z.boolean().describe('False where Envoy, and no server, gave the answer.'),
  message: z.nullable(z.string()).describe('Why there was no answer; null where there was one.'),
  hosts: z
    .nullable(
      list(
        fields({
          envoyCluster: z.string().describe("Envoy's cluster."),
          address: z.string().describe("The endpoint's address."),
          requests: z.number().describe('By how much its counter rose: attempts.'),
        }),
      ),
    )
    .describe('The endpoints whose counters rose meanwhile; null where Envoy did not say.'),
});

export type LiveRequest = z.infer<typeof liveRequest>;

export const liveComparison = named('LiveComparison', 'The prediction beside the real istiod and the real Envoy.', {
  destinations: list(liveDestination).describe('One for each destination with endpoints.'),
  request: z.nullable(liveRequest).describe('One request that was sent; null where none was, and the notes say why.'),
  notes: list(z.string()).describe('What could not be asked, and why: sentences.'),
  agrees: z.boolean().describe('Everything that could be asked is as predicted.'),
});

export type LiveComparison = z.infer<typeof liveComparison>;
