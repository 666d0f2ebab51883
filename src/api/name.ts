import { z } from 'zod';
import { validation } from './validation.ts';

const dnsLabel = z
  .string()
  .max(63, 'must have 63 characters at most')
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    'must be a DNS label: a-z, 0-9 and "-", starting and ending with a letter or digit',
  );

export const labelValue = z
  .string()
  .min(1, 'must not be empty')
  .max(63, 'must have 63 characters at most')
  .regex(
    /^[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$/,
    'must be the value of a label: letters, digits, "-", "_" and ".", starting and ending with a letter or digit',
  );

export const clusterName = dnsLabel.brand<'ClusterName'>();
export const networkName = labelValue.brand<'NetworkName'>();
export const meshName = dnsLabel.max(40, 'must have 40 characters at most').brand<'MeshName'>();
export const namespaceName = dnsLabel;
/** What Istio calls the revision that has no name of its own. */
export const defaultRevision = 'default';
const anyRevision = dnsLabel.max(40, 'must have 40 characters at most');
/** An Istio revision, `default` included. */
export const knownRevision = anyRevision;
const unnamed = 'must not be "default": leave it out for the default revision';
/** An Istio revision, e.g. `1-31-0`: part of object names such as `istiod-1-31-0`. */
export const revisionName = anyRevision
  .refine((name) => name !== defaultRevision, { error: unnamed })
  .meta(validation([`self != '${defaultRevision}'`, unnamed]));
export const secretName = z
  .string()
  .max(253, 'must have 253 characters at most')
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be the name of a Secret: a-z, 0-9, "-" and "."');

/** A cluster's name within the mesh: it becomes Istio's cluster id and part of Secret names. */
export type ClusterName = z.output<typeof clusterName>;
/** A network's name, the value of the label `topology.istio.io/network`. */
export type NetworkName = z.output<typeof networkName>;
/** A mesh's name: Istio's mesh id and the value of the label `isthmus.dev/mesh`. */
export type MeshName = z.output<typeof meshName>;
