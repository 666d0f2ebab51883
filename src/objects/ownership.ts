import type { KubeObject } from './object.ts';

/** The field manager of every server-side apply. It never changes: it is how a later version knows what is ours. */
export const fieldManager = 'isthmus';

export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedByValue = 'isthmus';

/** The mesh that an object belongs to. */
export const meshLabel = 'isthmus.dev/mesh';

/** The digest of what was applied last; equal to that of what is wanted, there is nothing to do. */
export const appliedAnnotation = 'isthmus.dev/applied';

/** The namespace that holds what Isthmus itself keeps in a cluster: inventory, issuer, Lease. */
export const systemNamespace = 'isthmus-system';

/** The names that runs of verify and join give their namespaces: at the end the random label of the run. */
const runNames = /^isthmus-(verify|join)-[0-9a-f]{8}$/;

export function isRunNamespace(name: string): boolean {
  return runNames.test(name);
}

/** The object with the labels that say who made it and for which mesh. */
export function owned(object: KubeObject, mesh: string): KubeObject {
  const labels = { ...object.metadata.labels, [managedByLabel]: managedByValue, [meshLabel]: mesh };
  return { ...object, metadata: { ...object.metadata, labels } };
}
