import { z } from 'zod';
import { apiVersion } from './mesh.ts';

export const wrappingKeyKind = 'WrappingKey';

/**
 * Not a kind of the mesh file. It is a kind of our own because every other place that an API server keeps bytes in is
 * open to somebody: istiod's own role and the chart's readers list Secrets and ConfigMaps of all namespaces, and the
 * role `view` lists what Kubernetes has besides. No role reads a kind that it does not name.
 */
export const wrappingKey = z
  .strictObject({
    apiVersion: z.literal(apiVersion).describe('The version of the format'),
    kind: z.literal(wrappingKeyKind).describe('The kind of the object'),
    metadata: z.strictObject({ name: z.string().max(253).describe('Its name') }).describe('The identity of the object'),
    spec: z
      .strictObject({
        key: z
          .string()
          .min(1)
          .max(1024)
          .describe('A key of 256 bits, PEM. Who reads it and the Secret that it encrypts has what is in the Secret'),
      })
      .describe('What it holds'),
  })
  .describe(
    "The key under which Isthmus encrypts what a Secret holds: the private key of the mesh's issuer, or kubeconfigs",
  );
