import type { MeshService } from '../api/mesh-service.ts';
import type { JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { istioNamespace } from './names.ts';

/** The label that istiod gives every endpoint: the cluster it is in (pilot/pkg/serviceregistry/util/label/label.go). */
export const clusterLabel = 'topology.istio.io/cluster';

const networking = 'networking.istio.io/v1';

/** The host that a MeshService is about, as Istio writes it: with the cluster's DNS domain. */
export function hostOf({ metadata, spec }: MeshService, domain = 'cluster.local'): string {
  const { host } = spec;
  if (host === undefined) return `${metadata.name}.${metadata.namespace}.svc.${domain}`;
  if (host === '*') return host;
  // `*.shop` and `reviews.shop` name a namespace and a service; anything longer is a whole host name.
  return host.split('.').length === 2 ? `${host}.svc.${domain}` : host;
}

/**
 * The `serviceSettings` of MeshConfig for services that stay in their cluster; empty where there are none
 * (https://istio.io/latest/docs/ops/configuration/traffic-management/multicluster/#keeping-traffic-in-cluster).
 */
export function clusterLocalSettings(services: readonly MeshService[]): readonly JsonObject[] {
  const hosts = services.filter(({ spec }) => spec.scope === 'Cluster').map((service) => hostOf(service));
  return hosts.length === 0 ? [] : [{ settings: { clusterLocal: true }, hosts }];
}

/**
 * What steers a service between clusters, for every cluster whose configuration an istiod reads: the caller's istiod
 * splits and fails over, the target's makes the subsets that the caller's requests name to its gateway.
 *
 * They stand in istio-system, Istio's root namespace: it is there in every such cluster, and rules in it hold for
 * callers of all namespaces. A rule for the same host in the service's own namespace wins over them.
 */
export function meshServiceObjects(services: readonly MeshService[]): readonly KubeObject[] {
  return services.flatMap((service) => {
    const { split, failover } = service.spec;
    return [
      ...(split === undefined && failover === undefined ? [] : [destinationRule(service)]),
      ...(split === undefined ? [] : [virtualService(service, split)]),
    ];
  });
}

function destinationRule(service: MeshService): KubeObject {
  const { split, failover } = service.spec;
  return {
    apiVersion: networking,
    kind: 'DestinationRule',
    metadata: metadataOf(service),
    spec: {
      host: hostOf(service),
      ...(failover === undefined ? {} : { trafficPolicy: failoverPolicy() }),
      ...(split === undefined ? {} : { subsets: Object.keys(split).map(subset) }),
    },
  };
}

/** Endpoints of one cluster. */
function subset(cluster: string): JsonObject {
  return { name: cluster, labels: { [clusterLabel]: cluster } };
}

/**
 * The caller's cluster first, the others when it has no healthy endpoint. Without outlier detection istiod gives every
 * endpoint the same priority (pilot/pkg/networking/core/loadbalancer), and with Envoy's default of 10 % at most one
 * endpoint would ever be ejected, so that failover never happens.
 */
function failoverPolicy(): JsonObject {
  return {
    loadBalancer: { localityLbSetting: { enabled: true, failoverPriority: [clusterLabel] } },
    outlierDetection: {
      consecutive5xxErrors: 5,
      interval: '5s',
      baseEjectionTime: '30s',
      maxEjectionPercent: 100,
    },
  };
}

function virtualService(service: MeshService, split: Readonly<Record<string, number>>): KubeObject {
  const host = hostOf(service);
  const route = Object.entries(split).map(([cluster, weight]) => ({ destination: { host, subset: cluster }, weight }));
  return {
    apiVersion: networking,
    kind: 'VirtualService',
    metadata: metadataOf(service),
    // Istio takes the first for HTTP ports and the second for TCP ports.
    spec: { hosts: [host], http: [{ route }], tcp: [{ route }] },
  };
}

function metadataOf({ metadata: { name, namespace } }: MeshService): KubeObject['metadata'] {
  return { name: `isthmus-${namespace}-${name}`, namespace: istioNamespace };
}
