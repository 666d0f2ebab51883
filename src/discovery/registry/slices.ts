import type { Json, JsonObject } from '../../base/json.ts';
import { remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { fieldsOf, labelOf, numberOf, objectsOf, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { networkLabel } from '../values/locality.ts';
import { isOn, setting } from '../values/mesh-config.ts';
import type { Endpoint, EndpointHealth, Shard } from '../values/model.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import type { RegisteredPod, Registry } from './registry.ts';
import { endpointOfPod } from './workload.ts';

export type RegistryEndpoints = Pick<Shard, 'endpoints' | 'dropped'>;

/** The service whose slices are read, in one cluster. */
export interface SliceTarget {
  readonly istiod: IstiodSettings;
  readonly registry: Registry;
  readonly namespace: string;
  readonly name: string;
  /** The cluster's own Service, where it has one that counts for the host. */
  readonly service: KubeObject | undefined;
  /** The cluster's own Service of the slices' name, whatever host they are read for. */
  readonly core: KubeObject | undefined;
  readonly sameClusterOnly: boolean;
}

/**
 * One endpoint for each address and port of the cluster's EndpointSlices
 * (pilot/pkg/serviceregistry/kube/controller/endpointslice.go, updateEndpointCacheForSlice).
 */
export function endpointsOfSlices(target: SliceTarget): RegistryEndpoints {
  const { registry, namespace, name } = target;
  const healthOf = createHealthReader(target);
  const addressOf = createAddressReader(target);
  const isNew = createDuplicateCheck();
  const endpoints: Endpoint[] = [];
  const dropped: Shard['dropped'][number][] = [];

  function add(found: FoundAddress, port: JsonObject, health: EndpointHealth): void {
    const spot = { address: found.address, port: numberOf(port.port) ?? 0, portName: textOf(port.name), health };
    const endpoint = endpointAt(target, found.workload, spot);
    if (found.reason !== undefined) dropped.push({ endpoint, reason: found.reason });
    else if (isNew(spot.address, spot.portName)) endpoints.push(endpoint);
  }

  for (const slice of registry.index.slices.get(namespace)?.get(name) ?? []) {
    const ports = objectsOf(slice.ports);
    for (const entry of objectsOf(slice.endpoints)) {
      const health = healthOf(fieldsOf(entry.conditions));
      const found = textsOf(entry.addresses).flatMap((address) => addressOf(slice, address, entry.targetRef) ?? []);
      for (const one of found) for (const port of ports) add(one, port, health);
    }
  }
  return { endpoints, dropped };
}

/** One address of a slice. */
interface FoundAddress {
  /** The address that the endpoint goes by. */
  readonly address: string;
  readonly workload: RegisteredPod;
  /** Why it is no endpoint. */
  readonly reason?: Shard['dropped'][number]['reason'];
}

/**
 * The workload of an address; undefined where istiod knows of dual stack: then a pod's IPv6 entry is the same endpoint
 * as its IPv4 entry, and only that one counts.
 */
function createAddressReader(
  target: SliceTarget,
): (slice: KubeObject, address: string, targetRef: Json | undefined) => FoundAddress | undefined {
  const { istiod, registry, core } = target;
  const isDual = isOn(istiod, 'ISTIO_DUAL_STACK') && textsOf(fieldsOf(core?.spec).clusterIPs).length > 1;
  return (slice, address, targetRef) => {
    if (slice.addressType === 'FQDN') return { address, workload: registry.podless, reason: 'not-an-ip' };
    const reference = fieldsOf(targetRef);
    const isPod = reference.kind === 'Pod';
    const pod = isPod ? namedPod(registry, reference) : registry.readyPodAt(target.namespace, address);
    if (isPod && pod === undefined) return { address, workload: registry.podless, reason: 'pod-not-found' };
    const ips = isDual && isPod ? objectsOf(fieldsOf(pod?.status).podIPs).map(({ ip }) => textOf(ip)) : [];
    if (ips.length > 1 && slice.addressType === 'IPv6') return undefined;
    const main = ips.length > 1 ? textOf(ips[0]) : address;
    return { address: main, workload: workloadAt(registry, pod, main) };
  };
}

function namedPod(registry: Registry, reference: JsonObject): KubeObject | undefined {
  const namespace = textOf(reference.namespace);
  return registry.sees(namespace) ? registry.index.pods.get(namespace)?.get(textOf(reference.name)) : undefined;
}

/** By address and port name: slices may overlap while an endpoint moves from one to the other. */
function createDuplicateCheck(): (address: string, portName: string) => boolean {
  const seen = new Map<string, Set<string>>();
  return (address, portName) => {
    const addresses = remember(seen, portName, () => new Set());
    if (addresses.has(address)) return false;
    addresses.add(address);
    return true;
  };
}

/** The pod behind an address, or what istiod takes it for where there is none. */
function workloadAt(registry: Registry, pod: KubeObject | undefined, address: string): RegisteredPod {
  const known = pod === undefined ? registry.podless : registry.register(pod);
  if (known.network !== '') return known;
  // A pod whose main address is in no known network may have another that is in one.
  const network = registry.networkOf(address);
  return network === '' ? known : { ...known, network, labels: { ...known.labels, [networkLabel]: network } };
}

function endpointAt(
  { registry, sameClusterOnly }: SliceTarget,
  workload: RegisteredPod,
  spot: Pick<Endpoint, 'address' | 'port' | 'portName' | 'health'>,
): Endpoint {
  const endpoint = endpointOfPod(workload, registry.cluster, spot);
  return sameClusterOnly ? { ...endpoint, sameClusterOnly } : endpoint;
}

/** endpointslice.go, endpointHealthStatus: what is not ready and does not say otherwise counts as terminating (trap T19). */
function createHealthReader({ istiod, service }: SliceTarget): (conditions: JsonObject) => EndpointHealth {
  const labels = stringsOf(service?.metadata.labels);
  const names = [
    setting(istiod, 'PILOT_PERSISTENT_SESSION_LABEL', 'istio.io/persistent-session'),
    setting(istiod, 'PILOT_PERSISTENT_SESSION_HEADER_LABEL', 'istio.io/persistent-session-header'),
  ];
  const drains = names.some((name) => name !== '' && (labelOf(labels, name) ?? '') !== '');
  return ({ ready, serving, terminating }) => {
    if (ready !== false) return 'HEALTHY';
    if (service === undefined || terminating === false) return 'UNHEALTHY';
    return drains && serving !== false ? 'DRAINING' : 'TERMINATING';
  };
}
