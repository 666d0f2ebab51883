import { mapConcurrent } from '../base/concurrency.ts';
import { readMeshNetworks } from '../discovery/registry/mesh-networks.ts';
import { buildIstiodViews } from '../discovery/registry/view.ts';
import { fieldsOf, objectsOf, textOf } from '../discovery/values/fields.ts';
import type { ClusterObjects, Snapshot } from '../discovery/values/snapshot.ts';
import { networkLabel } from '../istio/names.ts';

/** More host names of gateways, and more addresses of one, than any mesh has that is meant: Services of tenants may state them. */
export const maxHostNames = 64;
const maxAddresses = 32;
const lookUpsAtOnce = 8;

export interface HostNames {
  readonly resolutions: NonNullable<Snapshot['resolutions']>;
  /** How many host names of gateways are more than are looked up. */
  readonly unasked: number;
}

/** What the host names of gateways resolve to; those of the mesh's own are looked up first. */
export async function resolutionsFor(
  snapshot: Snapshot,
  resolve: (host: string) => Promise<readonly string[]>,
): Promise<HostNames> {
  const names = new Set(
    buildIstiodViews(snapshot).flatMap(({ gateways }) => gateways.unresolved.map(({ address }) => address)),
  );
  const own = ownHostNames(snapshot);
  const asked = [...names].toSorted((a, b) => Number(own.has(b)) - Number(own.has(a))).slice(0, maxHostNames);
  const entries = await mapConcurrent(
    asked,
    lookUpsAtOnce,
    async (name) => [name, (await resolve(name)).slice(0, maxAddresses)] as const,
  );
  return {
    resolutions: Object.fromEntries(entries.filter(([, addresses]) => addresses.length > 0)),
    unasked: names.size - asked.length,
  };
}

/**
 * The host names that no administrator of a single namespace can state: those of meshNetworks, and of gateways beside
 * an istiod or in a namespace that is labelled with a network.
 */
function ownHostNames({ clusters, istiods }: Snapshot): ReadonlySet<string> {
  const besideIstiods = new Set(istiods.map(({ namespace }) => namespace));
  return new Set([
    ...istiods.flatMap((istiod) =>
      readMeshNetworks(istiod).flatMap(({ gateways }) => gateways.map(({ address }) => address)),
    ),
    ...clusters.flatMap(({ objects }) => {
      const labelled = objects.filter(
        ({ kind, metadata }) => kind === 'Namespace' && metadata.labels?.[networkLabel] !== undefined,
      );
      const namespaces = new Set([...besideIstiods, ...labelled.map(({ metadata }) => metadata.name)]);
      return objects.flatMap((object) => (namespaces.has(object.metadata.namespace ?? '') ? hostNamesOf(object) : []));
    }),
  ]);
}

/** The host names of a Service of a load balancer, or of a Gateway of the Kubernetes Gateway API. */
function hostNamesOf({ kind, spec, status }: ClusterObjects['objects'][number]): readonly string[] {
  switch (kind) {
    case 'Service':
      return objectsOf(fieldsOf(fieldsOf(status).loadBalancer).ingress).map(({ hostname }) => textOf(hostname));
    case 'Gateway':
      return objectsOf(fieldsOf(spec).addresses).map(({ value }) => textOf(value));
    default:
      return [];
  }
}
