import { z } from 'zod';
import type { ActualAnswer, ActualCluster, ActualEds, ActualEndpoint, ActualGroup } from './answer.ts';

const tlsSchema = z.object({ mode: z.enum(['raw', 'istio', 'tls']), sni: z.string(), sans: z.array(z.string()) });

const clusterSchema = z.object({
  name: z.string(),
  type: z.enum(['STATIC', 'EDS', 'ORIGINAL_DST', 'STRICT_DNS', 'LOGICAL_DNS', 'OTHER']),
  tls: tlsSchema,
  matches: z.array(z.object({ name: z.string(), tlsMode: z.string(), tls: tlsSchema })),
  lbPolicy: z.string(),
  localityWeighted: z.boolean(),
  panicThreshold: z.number().optional(),
  outlierDetection: z.boolean(),
});

const hostSchema = z.object({
  address: z.string(),
  weight: z.number(),
  health: z.enum(['UNKNOWN', 'HEALTHY', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED']),
  tlsMode: z.string(),
  workload: z.string(),
  cluster: z.string(),
});

const groupSchema = z.object({
  region: z.string(),
  zone: z.string(),
  subZone: z.string(),
  priority: z.number(),
  weight: z.number().optional(),
  endpoints: z.array(hostSchema),
});

const assignmentSchema = z.object({
  groups: z.array(groupSchema),
  overprovisioningFactor: z.number().optional(),
});

/** A line that the client program (lab/tools/adsclient) writes. */
const lineSchema = z.object({
  id: z.number(),
  error: z.string().optional(),
  clusters: z.record(z.string(), clusterSchema).optional(),
  eds: z.record(z.string(), assignmentSchema).optional(),
  pushes: z.number().optional(),
  serverNames: z.record(z.string(), z.nullable(z.array(z.string()))).optional(),
});

export interface ClientLine {
  readonly id: number;
  /** What went wrong, instead of an answer. */
  readonly error: string | undefined;
  readonly answer: ActualAnswer;
}

type WireGroup = z.infer<typeof groupSchema>;

function localityText({ region, zone, subZone }: WireGroup): string {
  return `${region}/${zone}/${subZone}`.replace(/\/+$/, '');
}

function actualGroup(group: WireGroup): ActualGroup {
  const locality = localityText(group);
  const { priority } = group;
  const endpoints = group.endpoints.map(
    ({ health, ...host }): ActualEndpoint => ({
      ...host,
      locality,
      priority,
      health: health === 'UNKNOWN' ? 'HEALTHY' : health,
    }),
  );
  return { locality, priority, weight: group.weight, endpoints };
}

function actualEds({ groups, overprovisioningFactor }: z.infer<typeof assignmentSchema>): ActualEds {
  const made = groups.map(actualGroup);
  return { groups: made, endpoints: made.flatMap(({ endpoints }) => endpoints), overprovisioningFactor };
}

function actualCluster({ panicThreshold, ...cluster }: z.infer<typeof clusterSchema>): ActualCluster {
  return { ...cluster, panicThreshold };
}

/** A line of the client program, understood. */
export function parseLine(text: string): ClientLine {
  const { id, error, clusters = {}, eds = {}, pushes = 0, serverNames = {} } = lineSchema.parse(JSON.parse(text));
  const answer: ActualAnswer = {
    clusters: new Map(Object.entries(clusters).map(([name, cluster]) => [name, actualCluster(cluster)])),
    eds: new Map(Object.entries(eds).map(([name, assignment]) => [name, actualEds(assignment)])),
    pushes,
    serverNames: new Map(Object.entries(serverNames).map(([at, names]) => [at, names ?? []])),
  };
  return { id, error, answer };
}
