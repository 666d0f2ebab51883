import type { MeshService } from '../api/mesh-service.ts';
import type { JsonObject } from '../base/json.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';
import { istioNamespace, networkLabel } from './names.ts';

/** The label that istiod gives every endpoint: the cluster it is in (pilot/pkg/serviceregistry/util/label/label.go). */
export const clusterLabel = 'topology.istio.io/cluster';
const regionLabel = 'topology.kubernetes.io/region';
const zoneLabel = 'topology.kubernetes.io/zone';

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
 * (https://istio.io/latest/docs/ops/configuration/traffic-management/multicluster/#keeping-traffic-in-cluster). A MeshService for
 * something narrower than a pattern that stays is an exception of it.
 */
export function clusterLocalSettings(services: readonly MeshService[]): readonly JsonObject[] {
  const local = services.filter(({ spec }) => spec.scope === 'Cluster').map((service) => hostOf(service));
  const exceptions = services
    .filter(({ spec }) => spec.scope !== 'Cluster')
    .map((service) => hostOf(service))
    .filter((host) => !local.includes(host) && local.some((pattern) => covers(pattern, host)));
  return [
    ...(local.length === 0 ? [] : [{ settings: { clusterLocal: true }, hosts: local }]),
    ...(exceptions.length === 0 ? [] : [{ settings: { clusterLocal: false }, hosts: exceptions }]),
  ];
}

function covers(pattern: string, host: string): boolean {
  return pattern === '*' || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)));
}

/**
 * How long proxies are given, in milliseconds, to take the subsets of a service before a route names them, and the route before
 * its subsets go: an Envoy with a route to a subset that it does not know answers 503, and istiod sends both at once where both change.
 */
export const routeSettleMs = 5_000;

/** Endpoints that get a part of the requests. */
export interface Part {
  /** The name of the subset. */
  readonly subset: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Percent; 0 for clusters that stand by. */
  readonly share: number;
}

/** The parts that requests are bound to before endpoints are looked at; none where endpoints decide. */
export function partsOf({ spec }: MeshService): readonly Part[] {
  const { split, splitBy = 'Cluster', versionLabel = 'version', failover = [], failoverMode, active } = spec;
  if (split !== undefined) {
    const label = { Cluster: clusterLabel, Network: networkLabel, Version: versionLabel }[splitBy];
    return Object.entries(split).map(([name, share]) => part(label, name, share));
  }
  if (failoverMode !== 'Manual' || active === undefined) return [];
  const standbys = failover.map(({ to }) => to).filter((to) => to !== active);
  return [part(clusterLabel, active, 100), ...[...new Set(standbys)].map((to) => part(clusterLabel, to, 0))];
}

function part(label: string, name: string, share: number): Part {
  return { subset: subsetName(name), labels: { [label]: name }, share };
}

/** Istio takes DNS labels only; two values that differ in nothing else are refused when the document is read. */
export function subsetName(name: string): string {
  return name.toLowerCase().replaceAll(/[._]/g, '-');
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
    const parts = partsOf(service);
    if (parts.length > 0) return [destinationRule(service, parts), virtualService(service, parts)];
    const { failover, prefer } = service.spec;
    return failover === undefined && prefer === undefined ? [] : [destinationRule(service, [])];
  });
}

function destinationRule(service: MeshService, parts: readonly Part[]): KubeObject {
  return {
    apiVersion: networking,
    kind: 'DestinationRule',
    metadata: metadataOf(service),
    spec: {
      host: hostOf(service),
      ...(parts.length === 0
        ? { trafficPolicy: failoverPolicy(service) }
        : { subsets: parts.map(({ subset, labels }) => ({ name: subset, labels })) }),
    },
  };
}

/**
 * The nearest first, the others when it has no healthy endpoint: an endpoint comes the earlier, the more of these labels it
 * shares with the caller, from the first on. Without outlier detection istiod gives every endpoint the same priority
 * (pilot/pkg/networking/core/loadbalancer).
 */
function failoverPolicy({ spec: { prefer, failoverMode } }: MeshService): JsonObject {
  const failoverPriority = prefer === 'Locality' ? [regionLabel, zoneLabel, clusterLabel] : [clusterLabel];
  return {
    loadBalancer: { localityLbSetting: { enabled: true, failoverPriority } },
    outlierDetection: failoverMode === 'OnReadiness' ? notByErrors : byErrors,
  };
}

/** With Envoy's default of 10 % at most one endpoint would ever be ejected, so that failover never happens. */
const byErrors: JsonObject = {
  consecutive5xxErrors: 5,
  interval: '5s',
  baseEjectionTime: '30s',
  maxEjectionPercent: 100,
};

/** It is there for the priorities alone: 0 switches the count of errors off (networking/core/cluster_traffic_policy.go). */
const notByErrors: JsonObject = { consecutive5xxErrors: 0 };

function virtualService(service: MeshService, parts: readonly Part[]): KubeObject {
  const host = hostOf(service);
  const route = parts
    .filter(({ share }) => share > 0 || service.spec.split !== undefined)
    .map(({ subset, share }) => ({ destination: { host, subset }, weight: share }));
  return {
    apiVersion: networking,
    kind: 'VirtualService',
    metadata: metadataOf(service),
    // Istio takes the first for HTTP ports and the second for TCP ports.
    spec: { hosts: [host], http: [{ route }], tcp: [{ route }] },
  };
}

function metadataOf({
  metadata,
}: Pick<MeshService, 'metadata'>): KubeObject['metadata'] & { readonly namespace: string } {
  return { name: `isthmus-${metadata.namespace}-${metadata.name}`, namespace: istioNamespace };
}

/**
 * Whether this is the VirtualService of a MeshService. It steers the proxies of its own istiod alone; a peer uses the subsets of
 * a DestinationRule, through the names that its gateway lets in (`outbound_.PORT_.SUBSET_.HOST`).
 */
export function isServiceRoute({ apiVersion, kind, namespace, name }: ObjectRef): boolean {
  const isOurs = namespace === istioNamespace && name.startsWith('isthmus-');
  return kind === 'VirtualService' && apiVersion === networking && isOurs;
}

/** Whatever objects a MeshService can have, also where it wants none of them. */
export function meshServiceRefs(metadata: MeshService['metadata']): readonly ObjectRef[] {
  const { name, namespace } = metadataOf({ metadata });
  return ['DestinationRule', 'VirtualService'].map((kind) => ({ apiVersion: networking, kind, namespace, name }));
}

const modeTexts = { OnHealth: 'failover', OnReadiness: 'failover on readiness' } as const;

/** What a MeshService asks for, in words. */
export function policyText({ spec }: MeshService): string {
  const { scope, split, splitBy = 'Cluster', failover = [], failoverMode = 'OnHealth', active, prefer } = spec;
  if (scope === 'Cluster') return "stays in the caller's cluster";
  if (split !== undefined) {
    const shares = Object.entries(split).map(([name, weight]) => `${name} ${weight}`);
    return `split ${shares.join(', ')}${splitBy === 'Cluster' ? '' : ` by ${splitBy.toLowerCase()}`}`;
  }
  if (failoverMode === 'Manual') {
    const standbys = failover.map(({ to }) => to).filter((to) => to !== active);
    return `${active} active${standbys.length === 0 ? '' : `, ${standbys.join(', ')} on standby`}`;
  }
  const parts = [
    ...(prefer === 'Locality' ? ['locality first'] : []),
    ...(failover.length > 0 || prefer !== undefined ? [modeTexts[failoverMode]] : []),
  ];
  return parts.length === 0 ? 'shared by all clusters' : parts.join('; ');
}
