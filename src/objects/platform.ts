import { groupOf, type KubeObject } from './object.ts';

/** What Kubernetes puts into every namespace, or keeps beside a Service or a workload of somebody. */
export function isPlatforms({ kind, apiVersion, metadata: { name } }: KubeObject): boolean {
  switch (kind) {
    case 'ConfigMap':
      return name === 'kube-root-ca.crt' || name === 'openshift-service-ca.crt';
    case 'ServiceAccount':
      return name === 'default';
    case 'Endpoints':
      return apiVersion === 'v1';
    case 'EndpointSlice':
      return groupOf(apiVersion) === 'discovery.k8s.io';
    default:
      return false;
  }
}

const kinds: Readonly<Record<string, ReadonlySet<string>>> = {
  '': new Set(['Node', 'PersistentVolume', 'PersistentVolumeClaim']),
  'apiregistration.k8s.io': new Set(['APIService']),
};

/**
 * True for what Isthmus never makes and so never takes away, under any labels: machines, storage, registered
 * APIs, and all that is in Kubernetes' own namespaces.
 */
export function isBeyondUs({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): boolean {
  const place = kind === 'Namespace' ? name : namespace;
  return place?.startsWith('kube-') === true || kinds[groupOf(apiVersion)]?.has(kind) === true;
}
