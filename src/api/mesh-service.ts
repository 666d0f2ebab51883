import { z } from 'zod';
import { apiVersion } from './mesh.ts';
import { clusterName, labelValue, namespaceName } from './name.ts';
import { validation } from './validation.ts';

const serviceName = z.string().min(1).max(63);

const percent = z.int32().min(0).max(100);

const isManual = "has(self.failoverMode) && self.failoverMode == 'Manual'";
const isWildcard = "has(self.host) && self.host.startsWith('*')";
const steers = 'has(self.split) || has(self.failover) || has(self.prefer)';

/**
 * Fields that need others have no default: documents are stored with what was filled in, and the API server would refuse those.
 * Those of a mesh file are judged across its documents, with the places in the file (src/mesh/check/service-contradictions.ts).
 */
const specRules = validation(
  [
    `!has(self.scope) || self.scope != 'Cluster' || !(${steers})`,
    'scope Cluster keeps every request in its cluster: split, failover and prefer must be left out',
  ],
  [
    '!has(self.split) || !(has(self.failover) || has(self.prefer))',
    'a split binds each request before its endpoints are looked at: failover and prefer must be left out',
  ],
  [`!has(self.split) || !(${isWildcard})`, 'a split is for one service: host must not be a wildcard'],
  ['!has(self.split) || self.split.map(name, self.split[name]).sum() == 100', 'the shares of split must add up to 100'],
  ['!has(self.splitBy) || has(self.split)', 'splitBy says what split names: split must be given'],
  [
    "!has(self.versionLabel) || (has(self.splitBy) && self.splitBy == 'Version')",
    'versionLabel is for a split by version: splitBy must be Version',
  ],
  ['!has(self.failoverMode) || has(self.failover) || has(self.prefer)', 'failoverMode needs failover or prefer'],
  [`(${isManual}) == has(self.active)`, 'active is given with failoverMode Manual, and only with it'],
  [
    `!(${isManual}) || (has(self.failover) && !has(self.prefer) && !(${isWildcard}))`,
    'failoverMode Manual is for one service: it needs failover, prefer must be left out, and host must not be a wildcard',
  ],
);

const mostShares = 64;
const tooManyShares = `must have ${mostShares} shares at most`;

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
          .record(labelValue, percent)
          .refine((shares) => Object.keys(shares).length <= mostShares, tooManyShares)
          .meta({ maxProperties: mostShares })
          .optional()
          .describe('The share of each cluster, network or version, in percent; the sum is 100'),
        splitBy: z
          .enum(['Cluster', 'Network', 'Version'])
          .optional()
          .describe(
            'What split names: clusters, networks, or values of the label that versionLabel names; left out, clusters',
          ),
        versionLabel: z
          .string()
          .max(317)
          .regex(
            /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/,
            'must be the name of a label, such as version or app.kubernetes.io/version',
          )
          .optional()
          .describe('The label of the pods that a split by version goes by; left out, version'),
        failover: z
          .array(z.strictObject({ to: clusterName.describe('A cluster that answers') }))
          .min(1)
          .max(16)
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .optional()
          .describe('The clusters that answer when those before them have no healthy endpoint'),
        failoverMode: z
          .enum(['OnHealth', 'OnReadiness', 'Manual'])
          .optional()
          .describe(
            'When the clusters of failover answer. OnHealth: as soon as endpoints are not ready or fail requests (outlier detection comes with it). OnReadiness: only where endpoints are not ready, whatever they answer. Manual: when active names them. Left out, OnHealth',
          ),
        active: clusterName
          .optional()
          .describe(
            'With failoverMode Manual: the one cluster that answers; those of failover get nothing until they are named here',
          ),
        prefer: z
          .enum(['Cluster', 'Locality'])
          .optional()
          .describe(
            "Who answers first. Cluster: the caller's own cluster, then all others, as failover has it by itself. Locality: endpoints of the caller's own cluster in its zone, then those of its zone, then those of its region, then all others",
          ),
      })
      .meta(specRules)
      .describe('How the mesh treats the service'),
  })
  .describe('How the mesh treats one service, all services of a namespace, or all services');

export type MeshService = z.output<typeof meshService>;
