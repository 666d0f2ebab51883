import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { fieldsOf, numberOf, objectsOf, stringsOf, textOf } from '../values/fields.ts';
import { ipFamily } from '../values/ip.ts';
import { augmentLabels, localityOfLabels } from '../values/locality.ts';
import { isOn, parseGoBool, spiffeId, trustDomainOf } from '../values/mesh-config.ts';
import type { Endpoint } from '../values/model.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import { type RegisteredPod, tlsModeOf } from './registry.ts';

/** What a service may select: a pod or a WorkloadEntry, with an endpoint that lacks its port. */
export interface Workload {
  readonly kind: 'Pod' | 'WorkloadEntry';
  readonly namespace: string;
  readonly name: string;
  readonly endpoint: Endpoint;
  /** Port numbers by name. */
  readonly ports: ReadonlyMap<string, number>;
  /** A host name or socket as address: only for ServiceEntries that proxies resolve by DNS. */
  readonly dnsOnly: boolean;
}

export const socketPrefix = 'unix://';

/** The pod at one of its ports. */
export function endpointOfPod(
  pod: RegisteredPod,
  cluster: string,
  { address, port, portName, health }: Pick<Endpoint, 'address' | 'port' | 'portName' | 'health'>,
): Endpoint {
  return {
    address,
    port,
    portName,
    network: pod.network,
    cluster,
    locality: pod.locality,
    labels: pod.labels,
    tlsMode: pod.tlsMode,
    health,
    weight: 1,
    serviceAccount: pod.serviceAccount,
    namespace: pod.namespace,
    node: pod.node,
    workload: pod.name,
  };
}

/** A ready pod as a ServiceEntry selects it. */
export function workloadOfPod(object: KubeObject, pod: RegisteredPod, cluster: string): Workload {
  const spot = { address: textOf(fieldsOf(object.status).podIP), port: 0, portName: '', health: 'HEALTHY' } as const;
  return {
    kind: 'Pod',
    namespace: pod.namespace,
    name: pod.name,
    endpoint: endpointOfPod(pod, cluster, spot),
    ports: containerPorts(fieldsOf(object.spec)),
    dnsOnly: false,
  };
}

/** Named TCP ports; the first of a name wins, and sidecar containers come last (pod.go, getPortMap). */
function containerPorts(spec: JsonObject): ReadonlyMap<string, number> {
  const sidecars = objectsOf(spec.initContainers).filter((container) => container.restartPolicy === 'Always');
  const ports = new Map<string, number>();
  for (const container of [...objectsOf(spec.containers), ...sidecars]) {
    for (const port of objectsOf(container.ports)) {
      const name = textOf(port.name);
      const number = numberOf(port.containerPort);
      const isTcp = port.protocol === undefined || port.protocol === 'TCP';
      if (name !== '' && isTcp && number !== undefined && !ports.has(name)) ports.set(name, number);
    }
  }
  return ports;
}

/** Where a WorkloadEntry, or an endpoint written into a ServiceEntry, stands. */
export interface EntryPlace {
  readonly istiod: IstiodSettings;
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** Finds the network of remote entries; those of the config cluster have only the one that they name. */
  readonly networkOf?: (ip: string) => string;
}

/**
 * pilot/pkg/serviceregistry/serviceentry/conversion.go, convertWorkloadEntryToWorkloadInstance: the network of the
 * endpoint is the one that the entry names; a network that istiod finds otherwise reaches its labels only (trap T7).
 */
export function workloadOfEntry(
  spec: JsonObject,
  labels: Readonly<Record<string, string>>,
  place: EntryPlace,
): Workload {
  const { istiod, cluster, namespace, name } = place;
  const address = textOf(spec.address);
  const account = textOf(spec.serviceAccount);
  const network = textOf(spec.network);
  const locality = textOf(spec.locality) || localityOfLabels(labels);
  const labelNetwork = network || (place.networkOf?.(address) ?? '');
  return {
    kind: 'WorkloadEntry',
    namespace,
    name,
    ports: new Map(
      Object.entries(fieldsOf(spec.ports)).flatMap(([port, number]) => {
        const valid = numberOf(number);
        return valid === undefined || valid === 0 ? [] : [[port, valid]];
      }),
    ),
    dnsOnly: address !== '' && ipFamily(address) === undefined,
    endpoint: {
      address,
      port: 0,
      portName: '',
      network,
      cluster,
      locality,
      labels: augmentLabels(labels, { cluster, locality, node: '', network: labelNetwork }),
      tlsMode: tlsModeOf(labels) ?? (account === '' ? 'disabled' : 'istio'),
      health: 'HEALTHY',
      weight: Math.max(numberOf(spec.weight) ?? 0, 1),
      serviceAccount: account === '' ? '' : spiffeId(trustDomainOf(istiod), namespace, account),
      namespace,
      node: '',
      workload: name,
    },
  };
}

/** A WorkloadEntry object, or undefined where its health check keeps it out altogether. */
export function workloadOfObject(
  object: KubeObject,
  place: Omit<EntryPlace, 'namespace' | 'name'>,
): Workload | undefined {
  const checksHealth = isOn(place.istiod, 'PILOT_ENABLE_WORKLOAD_ENTRY_HEALTHCHECKS');
  if (checksHealth && !isHealthyEntry(object)) return undefined;
  const spec = fieldsOf(object.spec);
  const labels = { ...stringsOf(spec.labels), ...stringsOf(object.metadata.labels) };
  const namespace = textOf(object.metadata.namespace);
  return workloadOfEntry(spec, labels, { ...place, namespace, name: object.metadata.name });
}

/** Without a result yet, an entry whose health is checked counts as unhealthy. */
function isHealthyEntry(object: KubeObject): boolean {
  const isChecked = textOf(fieldsOf(object.metadata.annotations)['proxy.istio.io/health-checks-enabled']);
  if (parseGoBool(isChecked) !== true) return true;
  const conditions = objectsOf(fieldsOf(object.status).conditions);
  return conditions.find((condition) => condition.type === 'Healthy')?.status === 'True';
}
