import type { JsonObject } from '../../base/json.ts';
import { remember } from '../../base/memo.ts';
import { fieldsOf, objectsOf, textOf, textsOf } from '../values/fields.ts';
import { isCoveredBy, isWildcard, overlaps } from '../values/host-name.ts';
import { isSince31 } from '../values/istio-version.ts';
import type { IstiodView } from '../values/model.ts';
import { destinationsFor, meshVirtualServices, type VirtualService } from './virtual-service-config.ts';

/** The hosts that a listener names for one namespace (sidecar.go, hostClassification). */
export interface HostClass {
  readonly exact: ReadonlySet<string>;
  readonly all: readonly string[];
  excludes(host: string): boolean;
}

/** One `egress` entry of a Sidecar. */
export interface Egress {
  /** The listener's port, to which services are cut down; undefined where it has none or is an HTTP proxy. */
  readonly port: number | undefined;
  /** The listener's port as declared; 0 where it has none. */
  readonly listenerPort: number;
  /** Host classes by namespace, `*` for any. */
  readonly classes: ReadonlyMap<string, HostClass>;
  /** True where every host is a full name in a named namespace: since 1.31 istiod then looks services up one by one. */
  readonly onlyExact: boolean;
  /** The VirtualServices that it imports, in order. */
  virtualServices(): readonly VirtualService[];
  /** The ports by host that its VirtualServices send requests to; 0 stands for all ports. */
  destinations(): ReadonlyMap<string, ReadonlySet<number>>;
}

/** True where the class imports services of the host. */
export function imports(hosts: HostClass | undefined, host: string): boolean {
  if (hosts === undefined) return false;
  return hosts.exact.has(host) || hosts.all.some((item) => isWildcard(item) && isCoveredBy(host, item));
}

/** The listeners of a Sidecar's spec; none, or no Sidecar, means one that imports all. */
export function readEgress(view: IstiodView, namespace: string, spec: JsonObject): readonly Egress[] {
  const declared = objectsOf(spec.egress);
  const listeners = declared.length > 0 ? declared : [{ hosts: ['*/*'] }];
  return listeners.map((listener) => readListener(view, namespace, listener));
}

function readListener(view: IstiodView, namespace: string, listener: JsonObject): Egress {
  const classes = readClasses(view, textsOf(listener.hosts), namespace);
  const { number, protocol } = fieldsOf(listener.port);
  const listenerPort = typeof number === 'number' ? number : 0;
  const isCutDown = listenerPort !== 0 && textOf(protocol).toUpperCase() !== 'HTTP_PROXY';
  const virtualServices = once(() =>
    meshVirtualServices(view, namespace).filter((service) => isImported(classes, service)),
  );
  return {
    port: isCutDown ? listenerPort : undefined,
    listenerPort,
    classes,
    onlyExact: isSince31(view.istiod) && isOnlyExact(classes),
    virtualServices,
    destinations: once(() => {
      const ports = new Map<string, Set<number>>();
      for (const { host, port } of virtualServices().flatMap((service) => destinationsFor(service, namespace))) {
        remember(ports, host, () => new Set<number>()).add(port);
      }
      return ports;
    }),
  };
}

interface Draft {
  readonly exact: Set<string>;
  readonly all: string[];
  readonly excluded: string[];
}

function readClasses(view: IstiodView, hosts: readonly string[], namespace: string): ReadonlyMap<string, HostClass> {
  const drafts = new Map<string, Draft>();
  for (const entry of hosts) {
    const parts = entry.split('/');
    const [scope = '', host = ''] = parts;
    if (parts.length !== 2) continue;
    // Before 1.31 it is the name of a namespace that there is not.
    const isExcluded = scope.startsWith('~') && isSince31(view.istiod);
    const named = isExcluded ? scope.slice(1) || '*' : scope;
    const key = named === '.' ? namespace : named;
    const draft = remember(drafts, key, () => ({ exact: new Set<string>(), all: [], excluded: [] }));
    (isExcluded ? draft.excluded : draft.all).push(host);
    if (!isExcluded && !isWildcard(host)) draft.exact.add(host);
  }
  const classes = new Map<string, HostClass>();
  for (const [key, { exact, all, excluded }] of drafts) {
    classes.set(key, { exact, all, excludes: (host) => excluded.some((pattern) => isCoveredBy(host, pattern)) });
  }
  return classes;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function isImported(classes: ReadonlyMap<string, HostClass>, service: VirtualService): boolean {
  const own = classes.get(service.namespace);
  const anywhere = classes.get('*');
  return service.hosts.some((host) => {
    if (!importsVirtual(own, host) && !importsVirtual(anywhere, host)) return false;
    return own?.excludes(host) !== true && anywhere?.excludes(host) !== true;
  });
}

/** Unlike services, VirtualServices are imported where either host covers the other. */
function importsVirtual(hosts: HostClass | undefined, host: string): boolean {
  if (hosts === undefined) return false;
  if (hosts.exact.has(host)) return true;
  return hosts.all.some((item) => (isWildcard(item) || isWildcard(host)) && overlaps(host, item));
}

function isOnlyExact(classes: ReadonlyMap<string, HostClass>): boolean {
  for (const [namespace, hosts] of classes) {
    if (hosts.all.length > 0 && (namespace === '*' || hosts.all.some(isWildcard))) return false;
  }
  return true;
}
