import type { Json, JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { fieldsOf, numberOf, objectsOf, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { spiffeId } from '../values/mesh-config.ts';
import type { Resolution, Service, ServicePort, TrafficDistribution } from '../values/model.ts';
import { protocolOfPort } from '../values/protocol.ts';
import type { Registry } from './registry.ts';

export const unspecifiedAddress = '0.0.0.0';

/** The name of a Kubernetes service in the mesh: one domain suffix for all clusters. */
export function serviceHost(name: string, namespace: string, domain: string): string {
  return `${name}.${namespace}.svc.${domain}`;
}

/** Every service that the registries know, by host, merged over clusters. */
export function mergeServices(registries: readonly Registry[], domain: string): ReadonlyMap<string, Service> {
  const merged = new Map<string, MergedService>();
  for (const registry of registries) {
    for (const [namespace, services] of registry.index.services) {
      if (!registry.sees(namespace)) continue;
      for (const [name, object] of services) {
        const host = serviceHost(name, namespace, domain);
        const known = merged.get(host);
        if (known === undefined) merged.set(host, convertService(object, host, registry));
        else addCluster(known, object, registry);
      }
    }
  }
  return merged;
}

/** A service while clusters are still added to it. */
interface MergedService extends Service {
  readonly clusters: string[];
  readonly hiddenIn: string[];
  readonly vips: Map<string, readonly string[]>;
  readonly serviceAccounts: string[];
}

/**
 * Only addresses and service accounts come from further clusters; all else is the first one's
 * (pilot/pkg/serviceregistry/aggregate, mergeService).
 */
function addCluster(service: MergedService, object: KubeObject, registry: Registry): void {
  service.clusters.push(registry.cluster);
  service.vips.set(registry.cluster, vipsOf(fieldsOf(object.spec)));
  service.hiddenIn.push(...hiddenClusters(object, registry));
  for (const account of namedAccounts(object, registry.trustDomain)) {
    if (!service.serviceAccounts.includes(account)) service.serviceAccounts.push(account);
  }
}

/** pilot/pkg/serviceregistry/kube/conversion.go, ConvertService. */
function convertService(object: KubeObject, host: string, registry: Registry): MergedService {
  const spec = fieldsOf(object.spec);
  const annotations = fieldsOf(object.metadata.annotations);
  const namespace = textOf(object.metadata.namespace);
  const vips = vipsOf(spec);
  return {
    host,
    name: object.metadata.name,
    namespace,
    provider: 'Kubernetes',
    definedIn: registry.cluster,
    clusters: [registry.cluster],
    resolution: resolutionOf(spec),
    ...(resolutionOf(spec) === 'Alias' ? { aliasOf: textOf(spec.externalName) } : {}),
    meshExternal: isAlias(spec),
    ports: portsOf(spec),
    labels: stringsOf(object.metadata.labels),
    exportTo: exportToOf(annotations),
    hiddenIn: hiddenClusters(object, registry),
    vips: new Map([[registry.cluster, vips]]),
    defaultAddress: vips[0] ?? unspecifiedAddress,
    trafficDistribution: trafficDistributionOf([
      specDistribution(spec.trafficDistribution),
      annotatedDistribution(annotations),
      annotatedDistribution(fieldsOf(registry.index.namespaces.get(namespace)?.metadata.annotations)),
    ]),
    nodeLocal: spec.internalTrafficPolicy === 'Local',
    publishNotReady: spec.publishNotReadyAddresses === true,
    creationTime: textOf(object.metadata.creationTimestamp),
    serviceAccounts: namedAccounts(object, registry.trustDomain),
  };
}

function isAlias(spec: JsonObject): boolean {
  return spec.type === 'ExternalName' && textOf(spec.externalName) !== '';
}

export function resolutionOf(spec: JsonObject): Resolution {
  if (spec.clusterIP === 'None') return 'Passthrough';
  return isAlias(spec) ? 'Alias' : 'ClientSideLB';
}

function vipsOf(spec: JsonObject): readonly string[] {
  const clusterIp = textOf(spec.clusterIP);
  if (clusterIp === '' || clusterIp === 'None') return [unspecifiedAddress];
  const clusterIps = textsOf(spec.clusterIPs);
  return clusterIps.length > 1 ? clusterIps : [clusterIp];
}

export function portsOf(spec: JsonObject): readonly ServicePort[] {
  return objectsOf(spec.ports).flatMap((port) => {
    const number = numberOf(port.port);
    if (number === undefined) return [];
    const name = textOf(port.name);
    const targetPort = typeof port.targetPort === 'string' ? port.targetPort : numberOf(port.targetPort);
    return [{ name, port: number, protocol: protocolOfPort(number, name, port), targetPort }];
  });
}

function hiddenClusters({ metadata }: KubeObject, { cluster }: Registry): string[] {
  return exportToOf(fieldsOf(metadata.annotations))?.has('~') === true ? [cluster] : [];
}

function exportToOf(annotations: JsonObject): ReadonlySet<string> | undefined {
  const text = textOf(annotations['networking.istio.io/exportTo']);
  return text === '' ? undefined : new Set(text.split(',').map((namespace) => namespace.trim()));
}

/** Identities that annotations name for a service. */
function namedAccounts(object: KubeObject, trustDomain: string): string[] {
  const annotations = fieldsOf(object.metadata.annotations);
  const canonical = textOf(annotations['alpha.istio.io/canonical-serviceaccounts']);
  const kubernetes = textOf(annotations['alpha.istio.io/kubernetes-serviceaccounts']);
  const namespace = textOf(object.metadata.namespace);
  return [
    ...(canonical === '' ? [] : canonical.split(',')),
    ...(kubernetes === '' ? [] : kubernetes.split(',').map((account) => spiffeId(trustDomain, namespace, account))),
  ];
}

/** The first place that says something decides; an annotation with an unknown value says Any. */
export function trafficDistributionOf(declared: readonly (TrafficDistribution | undefined)[]): TrafficDistribution {
  return declared.find((value) => value !== undefined) ?? 'Any';
}

/** Values of the field that istiod does not know are passed over. */
function specDistribution(value: Json | undefined): TrafficDistribution | undefined {
  if (value === 'PreferClose' || value === 'PreferSameZone') return 'PreferSameZone';
  return value === 'PreferSameNode' ? value : undefined;
}

export function annotatedDistribution(annotations: JsonObject): TrafficDistribution | undefined {
  const text = textOf(annotations['networking.istio.io/traffic-distribution']).toLowerCase();
  if (text === '') return undefined;
  if (text === 'preferclose' || text === 'prefersamezone') return 'PreferSameZone';
  return text === 'prefersamenode' ? 'PreferSameNode' : 'Any';
}
