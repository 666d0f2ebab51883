import { z } from 'zod';
import { findingFields } from './finding.ts';
import { fields, list, named, report } from './schema.ts';
import { liveComparison } from './trace-live.ts';

/** Why an endpoint that exists is not among those that a proxy gets. */
export const exclusionReasons = [
  'wrong-port-name',
  'not-an-ip',
  'subset-mismatch',
  'node-local',
  'network-view',
  'cluster-local',
  'mcs-not-exported',
  'no-address-no-gateway',
  'unhealthy-suppressed',
  'terminating',
  'draining',
  'no-reachable-gateway-ipfamily',
  'no-mtls-cross-network',
  'envoy-duplicate',
  'envoy-refused',
  'pod-not-found',
  'no-remote-secret',
  'registry-not-synced',
  'cluster-id-conflict',
  'bad-kubeconfig',
  'distributed-away',
] as const;

export type ExclusionReason = (typeof exclusionReasons)[number];

const endpointFields = {
  address: z.string().describe('`ip:port`, IPv6 in brackets; `pipe:PATH` for a Unix domain socket.'),
  weight: z.number().describe('Its weight.'),
  priority: z.number().describe('Its priority; 0 is the highest.'),
  locality: z.string().describe('`region/zone/subzone`; empty where all three are.'),
  network: z.string().describe('Its network; empty for none.'),
  cluster: z.string().describe("Its cluster; for a gateway the gateway's."),
  via: z.enum(['pod', 'gateway']).describe('Whether it is a pod, or a gateway in front of some.'),
  mtls: z.boolean().describe('Envoy will use mutual TLS to it.'),
  tlsMode: z.string().describe("The `tlsMode` of the endpoint's metadata; empty for none."),
  sni: z.nullable(z.string()).describe('The server name that Envoy sends; null for none.'),
  health: z.enum(['HEALTHY', 'UNHEALTHY', 'DRAINING']).describe('Its health, as istiod sends it.'),
};

export const endpoint = named('Endpoint', "An endpoint of istiod's answer.", endpointFields);

export type Endpoint = z.infer<typeof endpoint>;

export const effectiveEndpoint = named('EffectiveEndpoint', 'An endpoint that Envoy uses.', {
  ...endpointFields,
  share: z.number().describe('Its share of the requests, in percent.'),
});

export type EffectiveEndpoint = z.infer<typeof effectiveEndpoint>;

export const excludedEndpoint = named('ExcludedEndpoint', 'An endpoint that exists and is not sent to the caller.', {
  address: z.string().describe('Its address.'),
  cluster: z.string().describe('Its cluster.'),
  reason: z.enum(exclusionReasons).describe('Why; [every reason](concepts/prediction.md).'),
  message: z.string().describe('The same as a sentence, with the objects and fields involved.'),
});

export type ExcludedEndpoint = z.infer<typeof excludedEndpoint>;

export const traceFinding = named(
  'TraceFinding',
  'What keeps requests from being answered, or, as a warning, from being judged: a finding, and its share.',
  {
    ...findingFields,
    share: z.number().describe('The share of the requests that it takes, in percent.'),
  },
);

export type TraceFinding = z.infer<typeof traceFinding>;

export const tracedGateway = named('TracedGateway', 'What a gateway on the way does with the requests.', {
  cluster: z.string().describe('The cluster that the gateway is in.'),
  service: z.string().describe('`namespace/name` of its Service.'),
  passed: z.boolean().describe('It passes them on.'),
  envoyCluster: z.nullable(z.string()).describe("Envoy's cluster that it passes them on to; null where it does not."),
  effective: list(effectiveEndpoint).describe('Where it passes them on to.'),
  problem: z
    .nullable(
      fields({
        code: z.string().describe('The code, in kebab-case.'),
        message: z.string().describe('The same as a sentence.'),
      }),
    )
    .describe('Why it does not pass them on; null where it does.'),
});

export type TracedGateway = z.infer<typeof tracedGateway>;

const destinationFields = {
  host: z.string().describe('The full name of the service.'),
  port: z.number().describe('Its port.'),
  subset: z.string().describe('The subset; empty for none.'),
};

const answerFields = {
  endpoints: list(endpoint).describe('Exactly what istiod sends the caller.'),
  effective: list(effectiveEndpoint).describe('What Envoy makes of it.'),
  excluded: list(excludedEndpoint).describe('Endpoints that exist and are not sent to the caller.'),
};

const envoyCluster = z.string().describe("Envoy's cluster, `outbound|PORT|SUBSET|HOST`.");

/** What a prediction comes to. */
export const traceVerdicts = ['Delivered', 'NotDelivered', 'NotJudged'] as const;

export type TraceVerdict = (typeof traceVerdicts)[number];

const verdict = z.enum(traceVerdicts);
const notJudgedShare = z
  .number()
  .describe(
    'How many requests the model says nothing of, in percent. What is left of 100 is lost: with any loss the verdict is `NotDelivered`, without one `NotJudged`.',
  );

export const tracedDestination = named(
  'TracedDestination',
  'A destination of the routes, and its part of the requests.',
  {
    ...destinationFields,
    share: z.number().describe('Its share of the requests, in percent.'),
    envoyCluster,
    ...answerFields,
    verdict: verdict.describe('What becomes of its requests.'),
    delivered: z.boolean().describe('Every request to it is known to reach a pod.'),
    deliveredShare: z.number().describe('How many of its requests are known to reach a pod, in percent.'),
    notJudgedShare,
    findings: list(traceFinding).describe('What keeps its requests from being answered.'),
    gateways: list(tracedGateway).describe('The gateways on the way.'),
  },
);

export type TracedDestination = z.infer<typeof tracedDestination>;

export const trace = report(
  'Trace',
  'The way of a request through the mesh. The fields from `host` to `excluded` are those of the first destination; `destinations` has all of them.',
  {
    ...destinationFields,
    envoyCluster: z
      .nullable(z.string())
      .describe("Envoy's cluster, `outbound|PORT|SUBSET|HOST`; null where there is no destination."),
    ...answerFields,
    verdict: verdict.describe('What becomes of the request.'),
    delivered: z.boolean().describe('Every request is known to be answered.'),
    deliveredShare: z.number().describe('How many requests are known to be answered, in percent.'),
    notJudgedShare,
    findings: list(traceFinding).describe('What keeps requests from being answered.'),
    from: fields({
      cluster: z.string().describe('Its cluster.'),
      namespace: z.string().describe('Its namespace.'),
      workload: z.string().describe("The pod's owner; the pod itself where it has none."),
      pod: z.string().describe('The pod.'),
      network: z.string().describe('Its network; empty for none.'),
    }).describe('The caller.'),
    istiod: z.nullable(z.string()).describe('The cluster whose istiod serves the caller; null where none does.'),
    request: fields({
      host: z.string().describe('The host, as the application writes it.'),
      port: z.number().describe('The port.'),
      subset: z
        .string()
        .describe('A subset that the request goes to whatever the routes say; empty leaves it to them.'),
      headers: z.record(z.string(), z.string()).readonly().describe('Headers by name.'),
      method: z.string().describe('The method.'),
      path: z.string().describe('The path, with the query.'),
    }).describe('What was asked.'),
    resolved: fields({
      host: z.string().describe('The full name of the service.'),
      by: z
        .enum(['Service', 'Sidecar', 'Outside', 'None'])
        .describe(
          "How the application gets an address: from its cluster's DNS, from its sidecar, from outside the mesh, or not at all.",
        ),
    }).describe("What the request's host stands for."),
    protocol: z.string().describe('What the port is declared to speak; empty where nothing declares it.'),
    virtualService: z.nullable(z.string()).describe('`namespace/name` of the one that decides; null where none does.'),
    destinations: list(tracedDestination).describe('Every destination of the routes.'),
    assumptions: list(z.string()).describe('What the answer takes for granted: sentences.'),
    live: z
      .exactOptional(liveComparison)
      .describe('The comparison with the real istiod and the real Envoy; left out where none was asked for.'),
  },
);

export type Trace = z.infer<typeof trace>;
