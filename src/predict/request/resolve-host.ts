import { oncePer } from '../../base/memo.ts';
import { namespaceOf } from '../../discovery/values/config-object.ts';
import { ipFamily } from '../../discovery/values/ip.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { Caller } from '../world/caller.ts';

/** What the name that an application calls stands for. */
export interface ResolvedHost {
  /** The full name of the service. */
  readonly host: string;
  /** How the application gets an address: from its cluster's DNS, its sidecar, or from outside; `None`: not at all. */
  readonly by: 'Service' | 'Sidecar' | 'Outside' | 'None';
}

/**
 * The full name of what an application in a pod calls, by the search path that Kubernetes gives its resolver: the pod's
 * namespace, then all services, then the cluster's domain, then the name as it stands.
 */
export function resolveHost(
  name: string,
  { snapshot, view, caller }: { readonly snapshot: Snapshot; readonly view: IstiodView; readonly caller: Caller },
): ResolvedHost {
  const { domain } = view.istiod;
  const isAbsolute = name.endsWith('.');
  const bare = (isAbsolute ? name.slice(0, -1) : name).toLowerCase();
  const behind = ipFamily(bare) === undefined ? undefined : hostAt(view, caller.cluster, bare);
  if (behind !== undefined) return { host: behind, by: 'Service' };
  const searched = [`${bare}.${caller.namespace}.svc.${domain}`, `${bare}.svc.${domain}`, `${bare}.${domain}`];
  const candidates = isAbsolute ? [bare] : [...searched, bare];
  const inCluster = candidates.find((host) => isService(snapshot, caller.cluster, { host, domain }));
  if (inCluster !== undefined) return { host: inCluster, by: 'Service' };
  const known = candidates.find((host) => view.services.has(host));
  if (known !== undefined) {
    if (caller.capturesDns) return { host: known, by: 'Sidecar' };
    return { host: known, by: known.endsWith(`.${domain}`) ? 'None' : 'Outside' };
  }
  const guess = guessed(bare, caller.namespace, domain);
  return { host: guess, by: guess.endsWith(`.${domain}`) ? 'None' : 'Outside' };
}

/** The service that has an address in a cluster, so that no name has to be resolved. */
function hostAt(view: IstiodView, cluster: string, ip: string): string | undefined {
  for (const [host, services] of view.listed) {
    if (services.some(({ vips }) => vips.get(cluster)?.includes(ip) === true)) return host;
  }
  return undefined;
}

/** True where the cluster's own DNS knows the full name of a service. */
function isService(
  snapshot: Snapshot,
  cluster: string,
  { host, domain }: { readonly host: string; readonly domain: string },
): boolean {
  const suffix = `.svc.${domain}`;
  return host.endsWith(suffix) && serviceNames(snapshot).get(cluster)?.has(host.slice(0, -suffix.length)) === true;
}

const serviceNames = oncePer((snapshot: Snapshot): ReadonlyMap<string, ReadonlySet<string>> => {
  return new Map(
    snapshot.clusters.map(({ cluster, objects }) => [
      cluster,
      new Set(
        objects
          .filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Service')
          .map((service) => `${service.metadata.name}.${namespaceOf(service)}`),
      ),
    ]),
  );
});

/** The full name that a name unknown to DNS and istiod most likely stands for. */
function guessed(name: string, namespace: string, domain: string): string {
  const parts = name.split('.');
  if (parts.length === 1) return `${name}.${namespace}.svc.${domain}`;
  if (parts.length === 2) return `${name}.svc.${domain}`;
  return name.endsWith('.svc') ? `${name}.${domain}` : name;
}
