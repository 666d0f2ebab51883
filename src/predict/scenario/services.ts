import { remember } from '../../base/memo.ts';
import type { IstiodView, Service } from '../../discovery/values/model.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { askOnce, inquireAbout } from '../request/inquiry.ts';
import { type RuleInForce, rulesInForce } from '../service/in-force.ts';
import { representatives } from '../world/caller.ts';
import { type World, worldOf } from '../world/world.ts';
import { type Flow, type FlowState, stateReader } from './flow.ts';
import { outcomeOf, routed } from './survey.ts';
import { applicationServices, flowsByHost, notThere } from './whatif.ts';

/** Where the requests of one cluster to one port of a service go. */
export interface ServiceFlow {
  readonly from: string;
  readonly network: string;
  /** The caller that was asked for, `namespace/workload`. */
  readonly caller: string;
  readonly port: number;
  /** The route that its requests take, where the service's routes all need more than `GET /`; null otherwise. */
  readonly route: string | null;
  readonly outcome: 'Answered' | 'Lost' | 'Open';
  /** Percent of the requests by the cluster that answers. */
  readonly shares: ReadonlyMap<string, number>;
  readonly lost: number;
  readonly reasons: readonly string[];
}

/** A rule with who is subject to it. */
export interface SharedRule extends RuleInForce {
  /** Sorted, `cluster/namespace`. */
  readonly callers: readonly string[];
}

/** A service of the mesh, as all istiods together see it. */
export interface MeshWideService {
  readonly host: string;
  readonly name: string;
  readonly namespace: string;
  readonly kind: 'Service' | 'Headless' | 'ExternalName' | 'ServiceEntry';
  readonly ports: readonly { readonly port: number; readonly name: string; readonly protocol: string }[];
  /** The clusters that have a Service of it. */
  readonly clusters: readonly string[];
  /** How many endpoints are ready, by cluster; a cluster without one is left out. */
  readonly endpoints: ReadonlyMap<string, number>;
  readonly rules: readonly SharedRule[];
  readonly flows: readonly ServiceFlow[];
}

/** Every service that applications call, or those that `wanted` says, by host: who serves it, which rules hold, where requests go. */
export function surveyServices(
  snapshot: Snapshot,
  wanted: (host: string) => boolean = () => true,
): readonly MeshWideService[] {
  const world = worldOf(snapshot);
  const views = snapshot.clusters.flatMap(({ cluster }) => world.viewFor(cluster) ?? []);
  const hosts = [...new Set(views.flatMap(({ services }) => [...services.keys()]))].filter(wanted).toSorted();
  const flows = flowsByHost(world, { world }, representatives(snapshot));
  return hosts.flatMap((host) => {
    const seen = views.flatMap((view) => applicationServices(view, host).map((service) => ({ view, service })));
    const [first] = seen;
    return first === undefined ? [] : [meshWide(world, first.service, { seen, flows: flows.get(host) ?? [] })];
  });
}

interface Seen {
  readonly seen: readonly { readonly view: IstiodView; readonly service: Service }[];
  readonly flows: readonly Flow[];
}

function meshWide(world: World, service: Service, { seen, flows }: Seen): MeshWideService {
  const { host, name, namespace } = service;
  const ports = new Map(seen.flatMap((one) => one.service.ports).map((port) => [port.port, port]));
  return {
    host,
    name,
    namespace,
    kind: kindOf(service),
    ports: [...ports.values()].map(({ port, name: portName, protocol }) => ({
      port,
      name: portName,
      protocol: protocol === 'UnsupportedProtocol' ? '' : protocol,
    })),
    clusters: [...new Set(seen.flatMap((one) => one.service.clusters))].toSorted(),
    endpoints: endpointsOf(seen),
    rules: rulesOf(world, flows),
    flows: flowsOf(world, host, flows),
  };
}

function kindOf({ provider, aliasOf, resolution }: Service): MeshWideService['kind'] {
  if (provider !== 'Kubernetes') return 'ServiceEntry';
  if (aliasOf !== undefined) return 'ExternalName';
  return resolution === 'Passthrough' ? 'Headless' : 'Service';
}

/** An istiod that reads no other cluster knows its own endpoints, so all of them are asked. */
function endpointsOf(seen: Seen['seen']): ReadonlyMap<string, number> {
  const addresses = new Map<string, Set<string>>();
  for (const { view, service } of seen) {
    for (const { endpoints } of view.shards(service)) {
      for (const { cluster, address, health } of endpoints) {
        if (health === 'HEALTHY') remember(addresses, cluster, () => new Set<string>()).add(address);
      }
    }
  }
  return new Map([...addresses].map(([cluster, found]) => [cluster, found.size]));
}

function rulesOf(world: World, flows: readonly Flow[]): readonly SharedRule[] {
  const found = new Map<string, { readonly rule: RuleInForce; readonly callers: Set<string> }>();
  const callers = new Map(flows.map(({ caller, host }) => [`${caller.cluster}/${caller.namespace}`, { caller, host }]));
  for (const [name, { caller, host }] of callers) {
    const view = world.viewFor(caller.cluster);
    for (const service of view === undefined ? [] : applicationServices(view, host)) {
      for (const rule of view === undefined ? [] : rulesInForce(view, caller, service)) {
        const key = `${rule.kind} ${rule.object} ${rule.says}`;
        remember(found, key, () => ({ rule, callers: new Set<string>() })).callers.add(name);
      }
    }
  }
  return [...found.values()].map(({ rule, callers: names }) => ({ ...rule, callers: [...names].toSorted() }));
}

function flowsOf(world: World, host: string, flows: readonly Flow[]): readonly ServiceFlow[] {
  const read = stateReader(inquireAbout(world, host, { ask: askOnce(), http: {} }), new Map());
  return flows
    .flatMap((flow) => routed(flow, read))
    .filter(([, { none = '' }]) => !notThere.has(none))
    .map(([flow, state]) => flowOf(flow, state));
}

function flowOf({ caller, port, route }: Flow, state: FlowState): ServiceFlow {
  const outcome = outcomeOf(state);
  const isOpen = outcome === 'Open';
  return {
    from: caller.cluster,
    network: caller.proxy.network,
    caller: `${caller.namespace}/${caller.workload}`,
    port,
    route: route ?? null,
    outcome,
    shares: isOpen ? new Map() : state.shares,
    lost: isOpen ? 0 : state.lost,
    reasons: state.open === undefined ? state.reasons : [state.open.explanation],
  };
}
