import { z } from 'zod';
import { apiVersion, settings } from './mesh.ts';
import { clusterName, namespaceName, networkName } from './name.ts';

const access = z.strictObject({
  context: z.string().min(1).optional().describe('The kubeconfig context; left out, the name of the cluster'),
  kubeconfig: z.string().min(1).optional().describe('A kubeconfig file; left out, KUBECONFIG or ~/.kube/config'),
});

const gateway = z.strictObject({
  annotations: z.record(z.string(), z.string()).optional().describe("Annotations of the gateway's Service"),
  replicas: z.int32().min(1).max(100).optional(),
});

export const meshCluster = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('MeshCluster'),
  metadata: z.strictObject({ name: clusterName }),
  spec: z.strictObject({
    access: access.default({}),
    network: networkName.describe('Clusters of one network reach each other’s pods directly'),
    injectNamespaces: z.array(namespaceName).max(1000).default([]),
    gateway: gateway.default({}),
    peerServer: z
      .url({ protocol: /^https$/, error: 'must be an https URL' })
      .optional()
      .describe('The API server as the other clusters reach it'),
    istio: z.strictObject({ values: settings.optional(), meshConfig: settings.optional() }).optional(),
  }),
});

export type MeshCluster = z.output<typeof meshCluster>;
