import { z } from 'zod';
import { finding } from './finding.ts';
import { fields, list, named, report } from './schema.ts';

/** What happens to a flow, gravest first. */
export const flowVerdicts = [
  'Unreachable',
  'Degraded',
  'Moved',
  'Rerouted',
  'Restored',
  'CallerGone',
  'Unchanged',
] as const;

export type FlowVerdict = (typeof flowVerdicts)[number];

export const flowState = named(
  'FlowState',
  'Where the requests of a flow go. Shares are in percent of them, 0 to 100.',
  {
    code: z
      .nullable(z.string())
      .describe(
        'Why there is no such flow, a code in kebab-case; null where there is one. With a code, nothing else counts.',
      ),
    shares: list(
      fields({
        cluster: z.string().describe('A cluster that answers.'),
        share: z.number().describe('Its share.'),
        ways: list(z.string()).describe(
          'How requests get there: `direct`, or the gateways on the way, e.g. `gateway:east`.',
        ),
      }),
    ).describe('By the cluster that answers.'),
    lost: z.number().describe('The share that nobody answers.'),
    lostAtFirst: z.number().describe('The same before outlier detection has ejected failing hosts.'),
    reasons: list(z.string()).describe('Why requests are lost: sentences, at most three.'),
  },
);

export type FlowState = z.infer<typeof flowState>;

const flow = {
  host: z.string().describe("The service's full name."),
  port: z.number().describe("The service's port."),
  from: z.string().describe('The calling cluster.'),
  network: z.string().describe("The callers' network; empty for none."),
  caller: z.string().describe('The caller that was asked for: one of the service’s own namespace where there is one.'),
  route: z
    .nullable(z.string())
    .describe(
      'The route of a VirtualService that its requests take, where the routes of the service all need more than `GET /`; null otherwise.',
    ),
};

export const failingFlow = named('FailingFlow', 'Requests of which a share is lost as the mesh is.', {
  ...flow,
  state: flowState.describe('Where they go now.'),
});

export type FailingFlow = z.infer<typeof failingFlow>;

export const flowChange = named('FlowChange', 'The requests from one cluster to one port of a service.', {
  ...flow,
  verdict: z
    .enum(['Unreachable', 'Degraded', 'Moved', 'Rerouted', 'Restored', 'CallerGone'])
    .describe(
      'What happens. `Degraded`: some requests are not answered. `Rerouted`: the same clusters answer, and the way there is another. `Restored`: it had no answer and has one. `CallerGone`: nothing is left that calls.',
    ),
  before: flowState.describe('Where its requests go now.'),
  after: z.nullable(flowState).describe('Where they go then; null where the caller is gone.'),
});

export type FlowChange = z.infer<typeof flowChange>;

export const unknownFlows = named('UnknownFlows', 'Flows that are not known, all for one reason.', {
  finding: finding.describe('The reason, and who must allow or repair what.'),
  flows: z.number().describe('How many they are; 0 for a cluster whose callers were not read.'),
  services: list(z.string()).describe('Their services, `host:port`.'),
  callers: list(z.string()).describe('Their calling clusters.'),
});

export type UnknownFlows = z.infer<typeof unknownFlows>;

export const singlePoint = named('SinglePoint', 'A part of the mesh without a substitute.', {
  part: z.string().describe('The part: `cluster:east`, `gateway:east`, `network-link:eu-us`.'),
  flows: z.number().describe('How many flows depend on it.'),
  services: list(z.string()).describe('Their services, `host:port`.'),
  callers: list(z.string()).describe('Their calling clusters.'),
});

export type SinglePoint = z.infer<typeof singlePoint>;

export const untilExpiry = named('UntilExpiry', 'How long proxies without an istiod work on. Times are in seconds.', {
  cluster: z.string().describe("The proxies' cluster."),
  reason: z.string().describe('Why they have none: the end of a sentence.'),
  proxies: z.number().describe('How many they are.'),
  firstExpire: z.number().describe('Until the first certificate expires.'),
  lastExpire: z.number().describe('Until the last one does.'),
  hearsNews: z.boolean().describe('New endpoints and configuration reach the proxies until then.'),
});

export type UntilExpiry = z.infer<typeof untilExpiry>;

const number = (what: string) => z.number().describe(what);

export const whatIf = report('WhatIf', 'Every service from every cluster that calls it, before and after a change.', {
  down: list(z.string()).describe('What is taken for gone: `cluster:east`, `gateway:east`.'),
  splits: list(z.string()).describe(
    'Which services are taken to be split between clusters, in percent: `reviews.shop:west=30,east=70`.',
  ),
  changedObjects: number('How many objects are taken for changed.'),
  clusters: number('How many clusters there are.'),
  services: number('How many services there are.'),
  counts: fields({
    Unreachable: number('Flows that lose every answer.'),
    Degraded: number('Flows of which some requests are no longer answered.'),
    Moved: number('Flows that other clusters answer.'),
    Rerouted: number('Flows that the same clusters answer, another way.'),
    Restored: number('Flows that had no answer and have one.'),
    CallerGone: number('Flows whose callers are gone.'),
    Unchanged: number('Flows that stay as they are.'),
    Unknown: number('Flows of which it is not known what becomes of them; `unknown` says why.'),
  }).describe('How many flows there are of each verdict.'),
  unreachableBefore: number('Flows that had no answer before either.'),
  unknown: list(unknownFlows).describe(
    'Why flows are not known, most flows first: policies that the question does not decide, clusters and kinds that were not read, what is not modelled. Not empty, and the verdict is not known.',
  ),
  failing: list(failingFlow).describe('Flows of which requests are lost before anything changes.'),
  changes: list(flowChange).describe('Every flow that is not unchanged, gravest first.'),
  singlePoints: list(singlePoint).describe('The parts that all remaining ways of a flow lead over.'),
  untilExpiry: list(untilExpiry).describe('Proxies that lose their istiod.'),
  assumptions: list(z.string()).describe('What the answer takes for granted: sentences.'),
});

export type WhatIf = z.infer<typeof whatIf>;
