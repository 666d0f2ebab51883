import { objectsAt, textAt } from '../base/json.ts';
import type { KubeObject } from './object.ts';

/** The field manager of every server-side apply. It never changes: it is how a later version knows what is ours. */
export const fieldManager = 'isthmus';

export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedByValue = 'isthmus';

/** The mesh that an object belongs to. */
export const meshLabel = 'isthmus.dev/mesh';

/** The digest of what was applied last; equal to that of what is wanted, there is nothing to do. */
export const appliedAnnotation = 'isthmus.dev/applied';

/** On the pods of our gateways: a proxy keeps the name of the cluster for which it was injected. */
export const clusterNameAnnotation = 'isthmus.dev/cluster';

/** The namespace that holds what Isthmus itself keeps in a cluster: inventory, issuer, Lease. */
export const systemNamespace = 'isthmus-system';

/** Of an operator's Deployment, its account and its roles; the account has the same name in every cluster of the mesh. */
export const operatorName = 'isthmus-operator';

/** The Lease in isthmus-system whose holder is the operator that keeps the mesh. */
export const operatorLease = operatorName;
/** The field manager of what an operator's probes are made of, and of nothing else. */
export const probeManager = 'isthmus-probe';

/** The namespace of the one pod in each cluster that an operator keeps to prove the data path. */
export const probeNamespace = 'isthmus-probe';

/** The names that runs of verify and join give their namespaces: at the end the random label of the run. */
const runNames = /^isthmus-(verify|join)-[0-9a-f]{8}$/;

export function isRunNamespace(name: string): boolean {
  return runNames.test(name);
}

/**
 * True where one of these field managers applied a part of the object: anybody can copy a label, and an API server writes down who
 * applied something.
 */
export function isAppliedBy(object: KubeObject, managers: readonly string[]): boolean {
  return objectsAt(object, ['metadata', 'managedFields']).some((entry) => {
    const manager = textAt(entry, ['manager']);
    return textAt(entry, ['operation']) === 'Apply' && manager !== undefined && managers.includes(manager);
  });
}

/** The object with the labels that say who made it and for which mesh. */
export function owned(object: KubeObject, mesh: string): KubeObject {
  const labels = { ...object.metadata.labels, [managedByLabel]: managedByValue, [meshLabel]: mesh };
  return { ...object, metadata: { ...object.metadata, labels } };
}
