import { z } from 'zod';
import { knownRevision, meshName, revisionName, secretName } from './name.ts';
import { oneOf } from './one-of.ts';

export const apiVersion = 'isthmus.dev/v1alpha1';

/** Free-form settings that are handed on to Istio unread. */
export const settings = z.record(z.string(), z.json());

/** `8760h`: a whole number of hours. */
const hours = z
  .string()
  .regex(/^[1-9][0-9]{0,5}h$/, 'must be a whole number of hours such as 8760h')
  .describe('How long an intermediate is valid, in whole hours');

export const istioVersion = z
  .string()
  .regex(/^1\.[0-9]+(\.[0-9]+)?$/, 'must be an Istio version such as "1.31" or "1.31.0" (in quotes)');

const istio = z.strictObject({
  version: istioVersion.describe(
    'The minor or patch version of Istio that the renderer must have, e.g. "1.31" or "1.31.0"',
  ),
  renderer: z
    .enum(['Istioctl', 'Helm', 'Installed'])
    .default('Istioctl')
    .describe('What turns the settings into objects; Installed adopts the Istio that is there'),
  charts: z
    .string()
    .min(1)
    .regex(
      /^(?:(?:https?|oci):\/\/[^\s]+|[^-:\r\n][^:\r\n]*)$/,
      'must be an http, https or oci URL, or the path of a folder that does not begin with "-"',
    )
    .optional()
    .describe("Where Helm finds Istio's charts: a repository's URL or a folder; left out, Istio's own repository"),
  revision: revisionName.optional().describe('The revision of the control planes; left out, the default revision'),
  previousRevision: knownRevision
    .optional()
    .describe('During an upgrade: the revision that still serves every namespace that is not in movedNamespaces'),
  values: settings.optional().describe('Helm values, merged over those that Isthmus sets'),
  meshConfig: settings.optional().describe('MeshConfig fields, merged over those that Isthmus sets'),
});

/** No line breaks: a key pasted in the place of its path would be repeated in messages about that path. */
const filePath = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\r\n]*$/, 'must be the path of a file, not its content');

const issuer = oneOf({
  generated: z.strictObject({}).optional().describe('Isthmus makes a root and an issuer'),
  files: z
    .strictObject({
      certificate: filePath.describe("The issuer's certificate, with any CAs between it and the root after it, PEM"),
      privateKey: filePath.describe("The issuer's private key, PKCS #8, PEM"),
      root: filePath.describe('The root certificate, PEM'),
    })
    .optional()
    .describe('An issuer of yours, as files beside the mesh file or by absolute path'),
  secret: secretName
    .optional()
    .describe('An issuer of yours: a Secret of isthmus-system in the home cluster with tls.crt, tls.key and ca.crt'),
});

const intermediateDefault = { lifetime: '8760h', keyAlgorithm: 'ECDSA-P256' } as const;

const trust = z.strictObject({
  domain: z
    .string()
    .max(253)
    .regex(/^[a-z0-9._-]+$/, 'must be a SPIFFE trust domain: a-z, 0-9, ".", "-" and "_"')
    .default('cluster.local')
    .describe('The SPIFFE trust domain'),
  issuer: issuer.default({ generated: {} }).describe("The CA that signs each cluster's intermediate"),
  intermediate: z
    .strictObject({
      lifetime: hours.default(intermediateDefault.lifetime),
      keyAlgorithm: z
        .enum(['ECDSA-P256', 'RSA-3072'])
        .default(intermediateDefault.keyAlgorithm)
        .describe("The algorithm of each intermediate's key"),
    })
    .default(intermediateDefault)
    .describe("The CA certificate with which a cluster's istiod signs its workloads"),
});

export const mesh = z
  .strictObject({
    apiVersion: z.literal(apiVersion).describe('The version of the format'),
    kind: z.literal('Mesh').describe('The kind of the document'),
    metadata: z
      .strictObject({ name: meshName.describe("The mesh's name: Istio's mesh id and the value of isthmus.dev/mesh") })
      .describe('The identity of the mesh'),
    spec: z
      .strictObject({
        istio: istio.describe('The Istio of every cluster'),
        home: z
          .string()
          .max(63)
          .optional()
          .describe('The cluster that keeps the documents, the issuer and the lock; left out, the first MeshCluster'),
        drift: z
          .enum(['Repair', 'Respect'])
          .default('Repair')
          .describe('What an apply does about a field that another writer has changed'),
        maxDelete: z
          .int32()
          .min(0)
          .optional()
          .describe(
            'How many objects an apply may delete in each cluster, where the run does not say; left out, 5 or a tenth of those that the mesh has there, whichever is more, and less than half of a kind of which three or more go',
          ),
        trust: trust
          .default({
            domain: 'cluster.local',
            issuer: { generated: {} },
            intermediate: intermediateDefault,
          })
          .describe('The trust that all clusters share'),
      })
      .describe('What holds for every cluster of the mesh'),
  })
  .describe('A mesh: what all of its clusters have in common');

export type Mesh = z.output<typeof mesh>;
