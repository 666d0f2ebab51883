import { z } from 'zod';
import { apiVersion } from './mesh.ts';
import { clusterName, namespaceName } from './name.ts';

const serviceName = z.string().min(1).max(63);

const percent = z.int32().min(0).max(100);

export const meshService = z
  .strictObject({
    apiVersion: z.literal(apiVersion).describe('The version of the format'),
    kind: z.literal('MeshService').describe('The kind of the document'),
    metadata: z
      .strictObject({
        name: serviceName.describe("The service's name, where spec.host is left out"),
        namespace: namespaceName.default('default').describe("The service's namespace, where spec.host is left out"),
      })
      .describe('The identity of the document, and of its service where spec.host is left out'),
    spec: z
      .strictObject({
        host: z
          .string()
          .max(253)
          .regex(
            /^\*$|^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
            'must be "*" for every service, "*.NAMESPACE" for a namespace, or a host name',
          )
          .optional()
          .describe(
            '"*" for every service, "*.NAMESPACE" for a namespace, or a host name; left out, the service with the name and namespace of this document',
          ),
        scope: z
          .enum(['Mesh', 'Cluster'])
          .default('Mesh')
          .describe(
            "Cluster keeps requests in the caller's cluster; Mesh lets every cluster that has the service answer",
          ),
        split: z
          .record(clusterName, percent)
          .optional()
          .describe('The share of each cluster, in percent; the sum is 100'),
        failover: z
          .array(z.strictObject({ to: clusterName.describe('A cluster that answers') }))
          .min(1)
          .max(16)
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .optional()
          .describe('The clusters that answer when those before them have no healthy endpoint, in this order'),
      })
      .describe('How the mesh treats the service'),
  })
  .describe('How the mesh treats one service, all services of a namespace, or all services');

export type MeshService = z.output<typeof meshService>;
