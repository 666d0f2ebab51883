import { objectsAt, textAt, valueAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';

/** What the EndpointSlices of a cluster say of one Service. */
export interface ServiceAddresses {
  /** Addresses that are ready, of slices with a port: what an istiod that reads the cluster has to hold. */
  readonly ready: ReadonlySet<string>;
  /** All of them: what it may hold. */
  readonly known: ReadonlySet<string>;
}

export interface ClusterSlices {
  /** By `NAMESPACE/NAME` of the Service. */
  readonly services: ReadonlyMap<string, ServiceAddresses>;
  /** Every address, of whatever Service. */
  readonly addresses: ReadonlySet<string>;
}

const kind = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' } as const;

const serviceName = 'kubernetes.io/service-name';
/** Slices of another cluster's Service, which istiod leaves out (pilot/pkg/serviceregistry/kube/controller). */
const imported = 'multicluster.kubernetes.io/service-name';

export async function readSlices(client: KubeClient, signal: AbortSignal): Promise<ClusterSlices> {
  return slicesOf(await client.list(kind, { signal }));
}

/** What the EndpointSlices among objects of a cluster say; other kinds may be among them. */
export function slicesOf(objects: readonly KubeObject[]): ClusterSlices {
  const services = new Map<string, { readonly ready: Set<string>; readonly known: Set<string> }>();
  const addresses = new Set<string>();
  for (const slice of objects) {
    if (slice.kind !== kind.kind) continue;
    const key = serviceOf(slice);
    const found = key === undefined ? undefined : (services.get(key) ?? { ready: new Set(), known: new Set() });
    if (key !== undefined && found !== undefined) services.set(key, found);
    for (const { address, isReady } of addressesOf(slice)) {
      addresses.add(address);
      found?.known.add(address);
      if (isReady) found?.ready.add(address);
    }
  }
  return { services, addresses };
}

function serviceOf({ metadata: { namespace, labels = {} } }: KubeObject): string | undefined {
  const name = labels[serviceName];
  return name === undefined || labels[imported] !== undefined ? undefined : `${namespace}/${name}`;
}

interface FoundAddress {
  readonly address: string;
  readonly isReady: boolean;
}

function addressesOf(slice: KubeObject): readonly FoundAddress[] {
  const hasPort = objectsAt(slice, ['ports']).length > 0 && textAt(slice, ['addressType']) !== 'FQDN';
  return objectsAt(slice, ['endpoints']).flatMap((endpoint) => {
    const found = valueAt(endpoint, ['addresses']);
    const isReady = hasPort && valueAt(endpoint, ['conditions', 'ready']) !== false;
    return Array.isArray(found)
      ? found.flatMap((address) => (typeof address === 'string' ? [{ address, isReady }] : []))
      : [];
  });
}
