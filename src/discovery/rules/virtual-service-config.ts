import type { JsonObject } from '../../base/json.ts';
import { oncePer, remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { compareByAge, namespaceOf } from '../values/config-object.ts';
import { fieldsOf, objectsOf, textOf, textsOf } from '../values/fields.ts';
import { fullHostName } from '../values/host-name.ts';
import type { IstiodView } from '../values/model.ts';
import { delegateRoutes } from './delegate-route.ts';

/** A VirtualService that applies to sidecars, with full host names and its delegates' routes in place. */
export interface VirtualService {
  readonly name: string;
  readonly namespace: string;
  readonly hosts: readonly string[];
  readonly http: readonly JsonObject[];
  readonly tcp: readonly JsonObject[];
  readonly tls: readonly JsonObject[];
}

/** Where a route sends requests; port 0 stands for none given. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly subset: string;
}

/** The destination of a route, whose host is full already. */
export function destinationOf(destination: JsonObject): Destination {
  const port = fieldsOf(destination.port).number;
  return {
    host: textOf(destination.host),
    port: typeof port === 'number' ? port : 0,
    subset: textOf(destination.subset),
  };
}

/** What sidecars of a namespace may use, in istiod's order (virtualservice.go, SelectVirtualServices). */
export function meshVirtualServices(view: IstiodView, namespace: string): readonly VirtualService[] {
  const { privateTo, exportedTo, toAll } = virtualServiceIndex(view);
  return [...(privateTo.get(namespace) ?? []), ...(exportedTo.get(namespace) ?? []), ...toAll];
}

interface VirtualServiceIndex {
  readonly privateTo: ReadonlyMap<string, readonly VirtualService[]>;
  readonly exportedTo: ReadonlyMap<string, readonly VirtualService[]>;
  readonly toAll: readonly VirtualService[];
}

const virtualServiceIndex = oncePer((view: IstiodView): VirtualServiceIndex => {
  const { roots, delegates } = readAll(view);
  const privateTo = new Map<string, VirtualService[]>();
  const exportedTo = new Map<string, VirtualService[]>();
  const toAll: VirtualService[] = [];
  for (const { service: root, exportTo } of roots) {
    const service = withDelegates(root, delegates);
    if (exportTo.has('*')) toAll.push(service);
    if (exportTo.has('*') || exportTo.has('~')) continue;
    for (const target of exportTo) {
      remember(target === service.namespace ? privateTo : exportedTo, target, () => []).push(service);
    }
  }
  return { privateTo, exportedTo, toAll };
});

interface Exported {
  readonly service: VirtualService;
  readonly exportTo: ReadonlySet<string>;
}

/** The VirtualServices for the mesh, and by `namespace/name` those without hosts, which others delegate to. */
function readAll(view: IstiodView): { roots: readonly Exported[]; delegates: ReadonlyMap<string, Exported> } {
  const declared = textsOf(view.istiod.meshConfig.defaultVirtualServiceExportTo);
  const byDefault = declared.length > 0 ? declared : ['*'];
  const roots: Exported[] = [];
  const delegates = new Map<string, Exported>();
  for (const object of [...view.config.virtualServices].sort(compareByAge)) {
    const spec = fieldsOf(object.spec);
    const service = readVirtualService(object, view.istiod.domain);
    const exported = { service, exportTo: exportToOf(spec, service.namespace, byDefault) };
    if (service.hosts.length === 0) delegates.set(`${service.namespace}/${service.name}`, exported);
    else if (isForMesh(spec)) roots.push(exported);
  }
  return { roots, delegates };
}

function readVirtualService(object: KubeObject, domain: string): VirtualService {
  const spec = fieldsOf(object.spec);
  const namespace = namespaceOf(object);
  const full = (host: string): string => fullHostName(host, namespace, domain);
  return {
    name: object.metadata.name,
    namespace,
    hosts: textsOf(spec.hosts).map(full),
    http: withFullHosts(objectsOf(spec.http), full),
    tcp: withFullHosts(objectsOf(spec.tcp), full),
    tls: withFullHosts(objectsOf(spec.tls), full),
  };
}

function withFullHosts(routes: readonly JsonObject[], full: (host: string) => string): readonly JsonObject[] {
  const resolve = (destination: JsonObject): JsonObject => ({ ...destination, host: full(textOf(destination.host)) });
  const inDestination = (item: JsonObject): JsonObject =>
    item.destination === undefined ? item : { ...item, destination: resolve(fieldsOf(item.destination)) };
  return routes.map((route) => ({
    ...route,
    route: objectsOf(route.route).map(inDestination),
    mirrors: objectsOf(route.mirrors).map(inDestination),
    ...(route.mirror === undefined ? {} : { mirror: resolve(fieldsOf(route.mirror)) }),
  }));
}

function exportToOf(spec: JsonObject, namespace: string, byDefault: readonly string[]): ReadonlySet<string> {
  const declared = textsOf(spec.exportTo);
  return new Set((declared.length > 0 ? declared : byDefault).map((target) => (target === '.' ? namespace : target)));
}

function isForMesh(spec: JsonObject): boolean {
  const gateways = textsOf(spec.gateways);
  return gateways.length === 0 || gateways.includes('mesh');
}

function withDelegates(root: VirtualService, delegates: ReadonlyMap<string, Exported>): VirtualService {
  const http = root.http.flatMap((route) => {
    if (route.delegate === undefined) return [route];
    const { name, namespace } = fieldsOf(route.delegate);
    const delegate = delegates.get(`${textOf(namespace) || root.namespace}/${textOf(name)}`);
    if (delegate === undefined) return [];
    const visible = delegate.exportTo.has('*') || delegate.exportTo.has(root.namespace);
    return visible ? delegateRoutes(route, delegate.service.http) : [];
  });
  return { ...root, http };
}

/** All that the VirtualService may send a namespace's requests to, mirrors included. */
export function destinationsFor(service: VirtualService, namespace: string): readonly Destination[] {
  const http = service.http.filter((route) => isForSourceNamespace(route, namespace));
  return [...http, ...service.tcp, ...service.tls].flatMap(destinationsOfRoute);
}

function isForSourceNamespace(route: JsonObject, namespace: string): boolean {
  const sources = objectsOf(route.match)
    .map((match) => textOf(match.sourceNamespace))
    .filter((source) => source !== '');
  return sources.length === 0 || sources.includes(namespace);
}

function destinationsOfRoute(route: JsonObject): readonly Destination[] {
  const listed = [...objectsOf(route.route), ...objectsOf(route.mirrors)].map((item) => fieldsOf(item.destination));
  if (route.mirror !== undefined) listed.push(fieldsOf(route.mirror));
  return listed.map(destinationOf).filter(({ host }) => host !== '');
}
