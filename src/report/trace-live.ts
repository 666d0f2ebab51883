import { z } from 'zod';
import { fields, list, named } from './schema.ts';

export const liveDestination = named('LiveDestination', 'How the prediction for one destination compares.', {
  envoyCluster: z.string().describe("Envoy's cluster, `outbound|PORT|SUBSET|HOST`."),
  verdict: z
    .enum(['Agrees', 'ModelDefect', 'EarlierState', 'ClusterUnread', 'StaleProxy', 'NotKnown'])
    .describe(
      '`ModelDefect`: istiod itself says something else, and nothing explains it. `EarlierState`: it sends addresses that no object has. `ClusterUnread`: it reads a cluster that the prediction lacks. `StaleProxy`: istiod says what was predicted, but Envoy has other hosts. `NotKnown`: not all could be asked.',
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

export const liveRequest = named(
  'LiveRequest',
  'What the caller really sent: one request, again and again until every predicted endpoint has answered.',
  {
    id: z.string().describe('The `x-request-id` of all of them.'),
    method: z.string().describe('The method.'),
    url: z.string().describe('The URL.'),
    sent: z.number().describe('How many were sent: at most ten for each predicted endpoint.'),
    verdict: z
      .enum(['AsPredicted', 'Elsewhere', 'NotAnswered', 'Answered'])
      .describe(
        'The first that is not as predicted, else the last. `Elsewhere`: another endpoint than predicted answered. `NotAnswered`: an answer was predicted. `Answered`: none was predicted.',
      ),
    status: z.nullable(z.number()).describe('The HTTP status of that one; null where there was no answer.'),
    answered: z.boolean().describe('False where Envoy, and no server, gave that answer.'),
    message: z.nullable(z.string()).describe('Why there was no answer; null where there was one.'),
    hosts: z
      .nullable(
        list(
          fields({
            envoyCluster: z.string().describe("Envoy's cluster."),
            address: z.string().describe("The endpoint's address."),
            requests: z.number().describe('By how much its counter rose: attempts.'),
            successes: z.number().describe('How many of them it answered with success.'),
          }),
        ),
      )
      .describe('The endpoints whose counters rose meanwhile; null where Envoy did not say.'),
    silent: list(
      fields({
        envoyCluster: z.string().describe("Envoy's cluster."),
        address: z.string().describe("The endpoint's address."),
      }),
    ).describe('Predicted endpoints that have not answered.'),
  },
);

export type LiveRequest = z.infer<typeof liveRequest>;

export const liveComparison = named('LiveComparison', 'The prediction beside the real istiod and the real Envoy.', {
  destinations: list(liveDestination).describe('One for each destination with endpoints.'),
  request: z.nullable(liveRequest).describe('One request that was sent; null where none was, and the notes say why.'),
  notes: list(z.string()).describe('What could not be asked, and why: sentences.'),
  agrees: z.boolean().describe('Everything that could be asked is as predicted.'),
});

export type LiveComparison = z.infer<typeof liveComparison>;
