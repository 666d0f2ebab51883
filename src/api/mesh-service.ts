import { z } from 'zod';
import { apiVersion } from './mesh.ts';
import { clusterName, namespaceName } from './name.ts';

const serviceName = z.string().min(1).max(63);

const percent = z.int32().min(0).max(100);

/** How the mesh treats one service, all services of a namespace, or all services. */
export const meshService = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('MeshService'),
  metadata: z.strictObject({ name: serviceName, namespace: namespaceName.default('default') }),
  spec: z.strictObject({
    host: z
      .string()
      .max(253)
      .regex(
        /^\*$|^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
        'must be "*" for every service, "*.NAMESPACE" for a namespace, or a host name',
      )
      .optional()
      .describe('Left out: the service with the name and namespace of this document'),
    scope: z
      .enum(['Mesh', 'Cluster'])
      .default('Mesh')
      .describe("Cluster keeps requests in the caller's cluster; Mesh lets every cluster that has the service answer"),
    split: z.record(clusterName, percent).optional().describe('The share of each cluster, in percent; the sum is 100'),
    failover: z
      .array(z.strictObject({ to: clusterName }))
      .min(1)
      .max(16)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('The clusters that answer when those before them have no healthy endpoint, in this order'),
  }),
});

export type MeshService = z.output<typeof meshService>;
