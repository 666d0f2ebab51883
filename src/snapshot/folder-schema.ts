import { z } from 'zod';
import type { IstiodSettings } from '../discovery/values/snapshot.ts';

/** Istio's own settings pass through as they are: the model reads what it knows of them. */
const settings = z.looseObject({});

const istiod = z.strictObject({
  cluster: z.string().min(1),
  version: z.string().min(1).optional(),
  runsIn: z.string().min(1).optional(),
  serves: z.array(z.string().min(1)).optional(),
  remotes: z.array(z.string().min(1)).optional(),
  flags: z.record(z.string(), z.coerce.string()).default({}),
  meshConfig: settings.default({}),
  meshNetworks: settings.default({}),
  domain: z.string().min(1).default('cluster.local'),
  namespace: z.string().min(1).default('istio-system'),
});

/** `istiods.yaml`: a list, of which only `cluster` has to be written. */
export const istiodsFile = z.array(istiod).min(1);

const page = z.strictObject({
  cluster: z.string(),
  namespace: z.string(),
  pod: z.string(),
  path: z.string(),
  body: z.json(),
});

const answers = z.strictObject({
  cluster: z.string(),
  namespace: z.string(),
  pod: z.string(),
  peers: z.array(
    z.strictObject({
      peer: z.string(),
      answers: z.enum(['Yes', 'No', 'Unknown']),
      detail: z
        .string()
        .optional()
        .transform((detail) => detail),
    }),
  ),
});

const state = z.strictObject({
  servers: z.record(z.string(), z.strictObject({ server: z.string(), kubernetes: z.string() })),
  pages: z.array(page),
  answers: z.array(answers),
});

/** `facts.yaml`, which may be missing. */
export const factsFile = z.strictObject({
  takenAt: z.iso.datetime().optional(),
  resolutions: z.record(z.string(), z.array(z.string())).default({}),
  unread: z.record(z.string(), z.string()).optional(),
  unasked: z.record(z.string(), z.string()).optional(),
  unreadKinds: z.record(z.string(), z.record(z.string(), z.string())).optional(),
  gaps: z.array(z.string()).default([]),
  state: state.optional(),
});

/** What is left out has its usual value: an istiod runs in its cluster, serves it alone and reads every other one. */
export function withDefaults(written: z.output<typeof istiod>, clusters: readonly string[]): IstiodSettings {
  const { cluster, runsIn = cluster, serves = [cluster], meshConfig, meshNetworks, ...rest } = written;
  const remotes = written.remotes ?? clusters.filter((name) => name !== cluster);
  return {
    ...rest,
    cluster,
    runsIn,
    serves,
    remotes,
    meshConfig: meshConfig as IstiodSettings['meshConfig'],
    meshNetworks: networksOf(meshNetworks as IstiodSettings['meshNetworks']),
  };
}

/** Helm's `global.meshNetworks` lacks the level that its chart puts around it. */
function networksOf(written: IstiodSettings['meshNetworks']): IstiodSettings['meshNetworks'] {
  return 'networks' in written || Object.keys(written).length === 0 ? written : { networks: written };
}
