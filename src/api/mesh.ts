import { z } from 'zod';
import { meshName } from './name.ts';

export const apiVersion = 'isthmus.dev/v1alpha1';

/** Free-form settings that are handed on to Istio unread. */
export const settings = z.record(z.string(), z.json());

/** `8760h`: a whole number of hours. */
const hours = z
  .string()
  .regex(/^[1-9][0-9]{0,5}h$/, 'must be a whole number of hours such as 8760h')
  .describe('A duration in whole hours, e.g. 8760h');

const istio = z.strictObject({
  /** Minor or patch version that istioctl must have: "1.31" or "1.31.0". */
  version: z
    .string()
    .regex(/^1\.[0-9]+(\.[0-9]+)?$/, 'must be an Istio version such as "1.31" or "1.31.0" (in quotes)'),
  values: settings.optional().describe('Helm values, merged over those that Isthmus sets'),
  meshConfig: settings.optional().describe('MeshConfig fields, merged over those that Isthmus sets'),
});

const trust = z.strictObject({
  domain: z
    .string()
    .max(253)
    .regex(/^[a-z0-9._-]+$/, 'must be a SPIFFE trust domain: a-z, 0-9, ".", "-" and "_"')
    .default('cluster.local')
    .describe('The SPIFFE trust domain'),
  issuer: z
    .strictObject({ generated: z.strictObject({}) })
    .default({ generated: {} })
    .describe("The CA that signs each cluster's intermediate"),
  intermediate: z
    .strictObject({
      lifetime: hours.default('8760h'),
      keyAlgorithm: z.literal('ECDSA-P256').default('ECDSA-P256'),
    })
    .default({ lifetime: '8760h', keyAlgorithm: 'ECDSA-P256' }),
});

export const mesh = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Mesh'),
  metadata: z.strictObject({ name: meshName }),
  spec: z.strictObject({
    istio,
    home: z.string().optional().describe('The cluster that keeps the issuer; left out, the first MeshCluster'),
    trust: trust.default({
      domain: 'cluster.local',
      issuer: { generated: {} },
      intermediate: { lifetime: '8760h', keyAlgorithm: 'ECDSA-P256' },
    }),
  }),
});

export type Mesh = z.output<typeof mesh>;
