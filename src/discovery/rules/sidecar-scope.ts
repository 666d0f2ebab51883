import { canonicalJson, isJsonObject, type JsonObject } from '../../base/json.ts';
import { oncePer, remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import type { GatewayScope } from '../values/answer.ts';
import { compareByAge, describeConfig, namespaceOf } from '../values/config-object.ts';
import { compareTexts, fieldsOf, selects, stringsOf } from '../values/fields.ts';
import { parseGoBool, rootNamespaceOf, setting } from '../values/mesh-config.ts';
import type { IstiodView, Service, ServicePort } from '../values/model.ts';
import type { ProxyClient } from '../values/proxy-client.ts';
import { compareServices, exportToOf, isVisible, visibleServices } from '../values/visibility.ts';
import { type Egress, type HostClass, imports, readEgress } from './egress.ts';

/** A service as a client sees it: a Sidecar may leave it only some of its ports. */
export interface VisibleService {
  readonly service: Service;
  readonly ports: readonly ServicePort[];
}

export type ScopeAnswer =
  | { readonly found: VisibleService }
  | {
      readonly found: undefined;
      readonly code: 'unknown-host' | 'not-exported' | 'not-in-sidecar-scope';
      readonly why: string;
    };

interface ScopedClient extends Pick<ProxyClient, 'type' | 'namespace' | 'labels'> {
  readonly gatewayScope?: GatewayScope | undefined;
}

/** The service that a client means by a host, or why there is none for it. */
export function visibleService(view: IstiodView, client: ScopedClient, host: string): ScopeAnswer {
  const scope = scopeOf(view, client);
  if (!scope.found.has(host)) {
    const isGateway = hasGatewayScope(client);
    scope.found.set(host, isGateway ? inRouterScope(view, scope.namespace, host) : inSidecarScope(scope, host));
  }
  const found = scope.found.get(host);
  return found === undefined ? absence(view, client, host) : { found };
}

/** The services that a sidecar knows of, by what it imports. */
interface Scope {
  readonly view: IstiodView;
  readonly namespace: string;
  /** The Sidecar that says so, or undefined where everything that is visible is imported. */
  readonly sidecar: KubeObject | undefined;
  readonly egress: readonly Egress[];
  /** Services so far, by host. */
  readonly found: Map<string, VisibleService | undefined>;
}

function scopeOf(view: IstiodView, client: ScopedClient): Scope {
  const { namespace, type } = client;
  const isGateway = hasGatewayScope(client);
  const sidecar = type === 'router' ? undefined : sidecarOf(view, client);
  const { scopes } = sidecarIndex(view);
  const key = `${isGateway}\n${namespace}\n${sidecar === undefined ? '' : describeConfig(sidecar)}`;
  return remember(scopes, key, () => {
    const egress = isGateway ? [] : readEgress(view, namespace, fieldsOf(sidecar?.spec));
    return { view, namespace, sidecar, egress, found: new Map() };
  });
}

/** Gateways have a scope of their own, without listeners, unless they share the one that needs no Sidecar. */
function hasGatewayScope({ type, gatewayScope }: ScopedClient): boolean {
  return type === 'router' && gatewayScope !== 'shared';
}

/** The Sidecar of a client: one that selects it, else that of its namespace, else that of the root namespace. */
export function sidecarOf(view: IstiodView, client: ScopedClient): KubeObject | undefined {
  const { byNamespace, root } = sidecarIndex(view);
  const own = (byNamespace.get(client.namespace) ?? []).find((sidecar) => {
    const selector = selectorOf(sidecar);
    return selector === undefined || selects(stringsOf(selector.labels), client.labels);
  });
  return own ?? root;
}

interface SidecarIndex {
  readonly byNamespace: ReadonlyMap<string, readonly KubeObject[]>;
  readonly root: KubeObject | undefined;
  /** Scopes so far, by namespace and Sidecar. */
  readonly scopes: Map<string, Scope>;
}

const sidecarIndex = oncePer((view: IstiodView): SidecarIndex => {
  const ordered = [...view.config.sidecars].sort(compareByAge);
  const withSelectorFirst = [
    ...ordered.filter((sidecar) => selectorOf(sidecar) !== undefined),
    ...ordered.filter((sidecar) => selectorOf(sidecar) === undefined),
  ];
  const root = rootNamespaceOf(view.istiod);
  return {
    byNamespace: Map.groupBy(withSelectorFirst, namespaceOf),
    root: ordered.find((sidecar) => namespaceOf(sidecar) === root && selectorOf(sidecar) === undefined),
    scopes: new Map(),
  };
});

function selectorOf(sidecar: KubeObject): JsonObject | undefined {
  const selector = fieldsOf(sidecar.spec).workloadSelector;
  return isJsonObject(selector) ? selector : undefined;
}

/** Gateways take all that is exported to their namespace; the first of a host stays unless Kubernetes has it too. */
function inRouterScope(view: IstiodView, namespace: string, host: string): VisibleService | undefined {
  let found: VisibleService | undefined;
  for (const service of visibleServices(view, host, namespace)) {
    found = joined(found, { service, ports: service.ports });
  }
  return found;
}

/** Puts a second import of a host together with the first (sidecar.go, appendSidecarServices). */
function joined(existing: VisibleService | undefined, added: VisibleService | undefined): VisibleService | undefined {
  if (existing === undefined || added === undefined) return existing ?? added;
  const [first, second] = [existing.service, added.service];
  if (first.provider !== second.provider) return second.provider === 'Kubernetes' ? added : existing;
  if (first !== second && !mayMerge(first, second)) return existing;
  const known = new Set(existing.ports.map((port) => port.port));
  return {
    service: existing.service,
    ports: [...existing.ports, ...added.ports.filter(({ port }) => !known.has(port))],
  };
}

/** Whether two ServiceEntries of one host may share their ports (sidecar.go, canMergeServices). */
function mayMerge(one: Service, other: Service): boolean {
  const shape = ({ namespace, resolution, labels, workloadSelector, exportTo }: Service): string =>
    canonicalJson([namespace, resolution, labels, workloadSelector ?? {}, [...(exportTo ?? [])].sort()]);
  return shape(one) === shape(other);
}

function inSidecarScope(scope: Scope, host: string): VisibleService | undefined {
  let found: VisibleService | undefined;
  for (const egress of scope.egress) {
    for (const imported of importedBy(scope, egress, host)) found = joined(found, imported);
    found = joined(found, drawnIn(scope, egress, host));
  }
  return found;
}

/** What a listener imports of a host: all services of one namespace, in istiod's order. */
function importedBy(scope: Scope, egress: Egress, host: string): readonly VisibleService[] {
  const { view } = scope;
  const visible = visibleServices(view, host, scope.namespace);
  const ordered = egress.onlyExact ? visible.toSorted(compareServices) : visible;
  const imported = ordered.filter((service) => {
    if (isExcluded(egress.classes, service) || atListenerPort(service, egress) === undefined) return false;
    return imports(egress.classes.get(service.namespace), host) || imports(egress.classes.get('*'), host);
  });
  const unified = parseGoBool(setting(view.istiod, 'PILOT_UNIFIED_SIDECAR_SCOPE', '')) ?? true;
  const namespace = preferred(imported, scope.namespace, unified)?.namespace;
  return imported
    .filter((service) => service.namespace === namespace)
    .flatMap((service) => atListenerPort(service, egress) ?? []);
}

function isExcluded(classes: ReadonlyMap<string, HostClass>, service: Service): boolean {
  return [classes.get(service.namespace), classes.get('*')].some((hosts) => hosts?.excludes(service.host) === true);
}

/** Of a listener with a port of its own only that port of a service is imported. */
function atListenerPort(service: Service, egress: Egress): VisibleService | undefined {
  if (egress.port === undefined) return { service, ports: service.ports };
  return atPorts(service, service.ports.filter((port) => port.port === egress.port).slice(0, 1));
}

function atPorts(service: Service, ports: readonly ServicePort[]): VisibleService | undefined {
  return ports.length === 0 ? undefined : { service, ports };
}

/** Among services of one host: that of the client's namespace, else one of Kubernetes, else the first. */
function preferred(services: readonly Service[], namespace: string, unified: boolean): Service | undefined {
  const own = services.findLast((service) => service.namespace === namespace);
  if (own !== undefined) return own;
  const kubernetes = unified ? services.find((service) => service.provider === 'Kubernetes') : undefined;
  return kubernetes ?? services[0];
}

/** What a listener imports because a VirtualService that it imports sends requests there. */
function drawnIn(scope: Scope, egress: Egress, host: string): VisibleService | undefined {
  const wanted = egress.destinations().get(host);
  const service = wanted === undefined ? undefined : bestVisible(scope.view, host, scope.namespace);
  if (service === undefined || wanted === undefined) return undefined;
  if (egress.port !== undefined) return atListenerPort(service, egress);
  if (wanted.has(0)) return { service, ports: service.ports };
  return atPorts(
    service,
    service.ports.filter((port) => wanted.has(port.port)),
  );
}

function bestVisible(view: IstiodView, host: string, namespace: string): Service | undefined {
  const byNamespace = view.services.get(host);
  const own = byNamespace?.get(namespace);
  if (own !== undefined) return own;
  const visible = [...(byNamespace?.values() ?? [])].filter((service) => isVisible(view, service, namespace));
  if (!(parseGoBool(setting(view.istiod, 'PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE', '')) ?? true)) {
    return visible.toSorted((a, b) => compareTexts(a.namespace, b.namespace))[0];
  }
  return visible.find((service) => service.provider === 'Kubernetes') ?? visible.toSorted(compareServices)[0];
}

function absence(view: IstiodView, client: ScopedClient, host: string): ScopeAnswer {
  const services = view.listed.get(host) ?? [];
  if (services.length === 0) {
    const why = `istiod of cluster ${view.istiod.cluster} knows no service ${host} in any cluster that it reads`;
    return { found: undefined, code: 'unknown-host', why };
  }
  if (visibleServices(view, host, client.namespace).length === 0) {
    const shown = services.map(
      (service) => `${service.namespace} (exportTo ${[...exportToOf(view, service)].join(', ')})`,
    );
    const why = `${host} of namespace ${shown.join(' and ')} is not exported to namespace ${client.namespace}`;
    return { found: undefined, code: 'not-exported', why };
  }
  const sidecar = sidecarOf(view, client);
  const name = sidecar === undefined ? 'the default Sidecar' : describeConfig(sidecar);
  return { found: undefined, code: 'not-in-sidecar-scope', why: `No host of spec.egress of ${name} imports ${host}` };
}

/** Whether the two scopes that a gateway may have (GatewayScope) differ in what they say about a host. */
export function dependsOnScope(view: IstiodView, client: ScopedClient, host: string): boolean {
  if (client.type !== 'router' || !mayShareScope(view, client.namespace)) return false;
  const [own, shared] = (['own', 'shared'] as const).map(
    (gatewayScope) => visibleService(view, { ...client, gatewayScope }, host).found,
  );
  if (own?.service !== shared?.service) return true;
  return own?.ports.map(({ port }) => port).join() !== shared?.ports.map(({ port }) => port).join();
}

/** Sidecars of the namespace get the scope that gateways may share only where no Sidecar is for all of them. */
function mayShareScope(view: IstiodView, namespace: string): boolean {
  const { root, byNamespace } = sidecarIndex(view);
  const own = byNamespace.get(namespace) ?? [];
  return root === undefined && own.every((sidecar) => selectorOf(sidecar) !== undefined);
}

/** The listeners of a sidecar's scope: what route selection goes by. */
export function egressOf(view: IstiodView, client: ScopedClient): readonly Egress[] {
  return scopeOf(view, client).egress;
}

/** Whether a listener takes requests to a host: for one that VirtualServices alone draw in there are clusters, but no routes. */
export function takesRequests(
  view: IstiodView,
  client: ScopedClient,
  { egress, host }: { readonly egress: Egress; readonly host: string },
): boolean {
  return importedBy(scopeOf(view, client), egress, host).length > 0;
}
