import { z } from 'zod';
import { latencyQuantile } from './latency.ts';
import { fields, list, named, report } from './schema.ts';

const verdict = z.enum(['Yes', 'No', 'Unknown']);

const servicePort = named('ServicePort', 'A port of a service.', {
  port: z.number().describe('Its number.'),
  name: z.string().describe('Its name; empty for none.'),
  protocol: z.string().describe('What it is declared to speak, as istiod names it; empty where nothing declares it.'),
});

const servicePolicy = named('ServicePolicy', 'A MeshService that is about a service.', {
  namespace: z.string().describe("The MeshService's namespace."),
  name: z.string().describe("The MeshService's name."),
  policy: z.string().describe('What it asks for, in words.'),
  clusters: list(
    fields({
      cluster: z.string().describe('The cluster of the callers.'),
      inEffect: z
        .enum(['Yes', 'No', 'Unknown', 'Unused'])
        .describe('Whether its callers go by it; `Unused`: no pod of the cluster has a sidecar.'),
      reasons: list(z.string()).describe('Why not, or why that is unknown; of one in effect, its exceptions.'),
    }),
  ).describe('Whether it is in effect, by the cluster of the callers.'),
});

const ruleInForce = named('RuleInForce', "An object of Istio that decides about callers' requests.", {
  kind: z.enum(['DestinationRule', 'VirtualService']).describe('Its kind.'),
  object: z.string().describe('`namespace/name`.'),
  owner: z.enum(['Isthmus', 'Other']).describe('Who made it: a mesh of Isthmus, or someone else.'),
  says: z.string().describe('What it does, in words.'),
  callers: list(z.string()).describe('Who is subject to it: `cluster/namespace`, of those with sidecars.'),
});

const serviceFlow = named('ServiceFlow', 'The requests of one cluster to one port of a service.', {
  from: z.string().describe('The calling cluster.'),
  network: z.string().describe("The callers' network; empty for none."),
  caller: z.string().describe('The caller that was asked for, `namespace/workload`.'),
  port: z.number().describe('The port.'),
  route: z
    .string()
    .nullable()
    .describe("The route that they take, where the service's routes all need more than `GET /`; null otherwise."),
  outcome: z
    .enum(['Answered', 'Lost', 'Unknown'])
    .describe('`Lost`: some are not answered. `Unknown`: the prediction does not say.'),
  shares: z
    .record(z.string(), z.number())
    .readonly()
    .describe('The predicted percent of the requests that each cluster answers; empty where it is unknown.'),
  lost: z.number().describe('The percent that no cluster answers; 0 where it is unknown.'),
  reasons: list(z.string()).describe('Why requests are lost, or why that is unknown.'),
});

export const meshWideService = named('MeshWideService', 'A service of the mesh, over all clusters.', {
  host: z.string().describe('Its full name.'),
  name: z.string().describe('Its name.'),
  namespace: z.string().describe('Its namespace.'),
  type: z.enum(['Service', 'Headless', 'ExternalName', 'ServiceEntry']).describe('What it is.'),
  ports: list(servicePort).describe('Its ports.'),
  clusters: list(z.string()).describe('The clusters that have a Service of it.'),
  endpoints: z
    .record(z.string(), z.number())
    .readonly()
    .describe('How many endpoints are ready, by cluster; a cluster without one is left out.'),
  policies: list(servicePolicy).describe('The MeshServices that are about it: of several the most specific one.'),
  rules: list(ruleInForce).describe('What decides about its requests, ours and of others.'),
  flows: list(serviceFlow).describe('Where its requests go, by calling cluster and port, as predicted.'),
  measured: z
    .exactOptional(
      list(
        fields({
          from: z.string().describe('The calling cluster.'),
          requests: z.number().describe('How many were sent; those that a sidecar tried again count each time.'),
          failed: z.number().describe('How many of them failed.'),
          shares: z
            .record(z.string(), z.number())
            .readonly()
            .describe(
              'The percent of what was answered, by the cluster that answered; `unknown` where that is not known.',
            ),
          latency: list(
            fields({
              to: z.string().describe('The cluster that answered; `unknown` where that is not known.'),
              p50: latencyQuantile.describe('How long half of the requests took at most.'),
              p99: latencyQuantile.describe('How long 99 of 100 requests took at most.'),
            }),
          ).describe(
            'How long requests took, all tries of a sidecar together, by the cluster that answered: by the histograms of the callers, whose sidecars add to them every five seconds. Without one nothing was sampled.',
          ),
        }),
      ),
    )
    .describe('Where its requests really went, by calling cluster; left out where that was not asked for.'),
  verdict: verdict.describe(
    '`No`: a MeshService is not in effect, or requests are lost though it has ready endpoints. `Unknown`: one of both is not known.',
  ),
});

export type MeshWideService = z.infer<typeof meshWideService>;

export const serviceReport = report('ServiceReport', 'The services of the mesh, and where their requests go.', {
  mesh: z.exactOptional(z.string()).describe("The mesh's name; left out for a snapshot without a mesh file."),
  ok: z.boolean().describe('`verdict` is `Yes`.'),
  verdict: verdict.describe('Of all services together; `Unknown` too where a cluster was not read.'),
  unread: list(
    fields({
      cluster: z.string().describe('The cluster.'),
      reason: z.string().describe('Why it, or a kind of object in it, was not read.'),
    }),
  ).describe('What could not be read: services that are there alone are missing.'),
  services: list(meshWideService).describe('The services, by their full names.'),
});

export type ServiceReport = z.infer<typeof serviceReport>;
