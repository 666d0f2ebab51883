import { namespace, type Split, service } from './moved-service.ts';

/**
 * A subset for each cluster, by the label of
 * https://istio.io/latest/docs/ops/configuration/traffic-management/multicluster/#partitioning-services, and a route with weights.
 */
export function byHandObjects(split: Split): string {
  const host = `${service}.${namespace}.svc.cluster.local`;
  const metadata = { name: service, namespace };
  const apiVersion = 'networking.istio.io/v1';
  const subsets = Object.keys(split).map((name) => ({ name, labels: { 'topology.istio.io/cluster': name } }));
  const route = Object.entries(split).map(([subset, weight]) => ({ destination: { host, subset }, weight }));
  const items = [
    { apiVersion, kind: 'DestinationRule', metadata, spec: { host, subsets } },
    { apiVersion, kind: 'VirtualService', metadata, spec: { hosts: [host], http: [{ route }] } },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
