import type { EffectObstacle, ModelledEffect } from '../../base/service-effect.ts';
import { visibleService } from '../../discovery/rules/sidecar-scope.ts';
import { type HostTable, isCoveredBy, isWildcard, mostSpecific } from '../../discovery/values/host-name.ts';
import type { IstiodView, Service } from '../../discovery/values/model.ts';
import { proxyClientOf } from '../../discovery/values/proxy-client.ts';
import { type Inquiry, inquire } from '../request/inquiry.ts';
import { openByKinds } from '../request/missing-cluster.ts';
import { type Caller, representatives } from '../world/caller.ts';
import type { World } from '../world/world.ts';
import { answeringFor } from './answering.ts';
import { type Found, routeFor, ruleFor, settingFor } from './rules.ts';
import type { Steering } from './steering.ts';
import { withoutSidecar } from './without-sidecar.ts';

/** Whether what is declared for services is what the proxies of a cluster do, by the key of each declaration. */
export function effectsIn(
  world: World,
  cluster: string,
  steerings: readonly Steering[],
): ReadonlyMap<string, ModelledEffect> {
  const isRead = world.snapshot.clusters.some((one) => one.cluster === cluster);
  const view = isRead ? world.viewFor(cluster) : undefined;
  const unread = view === undefined ? noIstiod(world, cluster) : openByKinds(world.snapshot, view);
  if (view === undefined || unread !== undefined) {
    const why = (unread ?? '').replace(/\.$/, '');
    return new Map(steerings.map(({ key }) => [key, { state: 'Unknown', why }]));
  }
  const callers = representatives(world.snapshot)
    .filter((one) => one.cluster === cluster)
    .flatMap(({ byNamespace }) => [...byNamespace.values()]);
  const inquiry = inquire(world, { method: 'GET', path: '/' });
  const bare = withoutSidecar(world.snapshot, cluster);
  return new Map(
    steerings.map((steering) => {
      if (callers.length === 0 && bare === undefined) return [steering.key, { state: 'Unused' }];
      const found = foundFor(inquiry, view, { steering, steerings, callers });
      return [steering.key, effectOf(found, bare, isWildcard(steering.host))];
    }),
  );
}

function noIstiod({ snapshot }: World, cluster: string): string {
  const why = snapshot.unread?.[cluster];
  return why === undefined ? `no istiod that was read serves ${cluster}` : `${cluster} was not read: ${why}`;
}

/** A rule for a single service of a pattern is an exception that somebody made. */
function effectOf({ obstacles, open }: Found, bare: EffectObstacle | undefined, isPattern: boolean): ModelledEffect {
  const exceptional = (one: EffectObstacle): boolean =>
    isPattern && (one.code === 'other-rule' || one.code === 'other-route');
  const distinct = [...new Map(obstacles.map((one) => [one.message, one])).values()];
  const grave = [...distinct.filter((one) => !exceptional(one)), ...(bare === undefined ? [] : [bare])];
  if (grave.length > 0) return { state: 'No', obstacles: grave };
  const [why] = open;
  if (why !== undefined) return { state: 'Unknown', why: why.replace(/\.$/, '') };
  return { state: 'Yes', exceptions: distinct.map(({ message }) => message) };
}

interface Question {
  readonly steering: Steering;
  readonly steerings: readonly Steering[];
  readonly callers: readonly Caller[];
}

function foundFor(inquiry: Inquiry, view: IstiodView, { steering, steerings, callers }: Question): Found {
  const services = servicesOf(view, steering, steerings);
  if (services.length === 0 && !isWildcard(steering.host)) {
    const message = `no cluster that the istiod of ${view.istiod.cluster} reads has a Service ${steering.host}`;
    return { obstacles: [{ code: 'no-service', message }], open: [] };
  }
  const own = isWildcard(steering.host) || steering.rule === undefined ? [] : services.flatMap(unsteerable);
  if (own.length > 0) return { obstacles: own, open: [] };
  return together(
    services.flatMap((service) => [
      // By Istio's own settings some services of a pattern stay in their clusters.
      ...(isWildcard(steering.host) && !steering.staysInCluster ? [] : [settingFor(view, service.host, steering)]),
      ...callers.map((caller) => forCaller(inquiry, view, { caller, service, steering })),
    ]),
  );
}

/** Services of which callers choose an address themselves. Of the services of a pattern such ones are nobody's mistake. */
function unsteerable({ host, aliasOf, provider, resolution }: Service): readonly EffectObstacle[] {
  const why =
    aliasOf === undefined
      ? 'is headless: its callers choose a pod themselves'
      : `is an alias (ExternalName) of ${aliasOf}: requests are steered as those to that host`;
  const isHeadless = provider === 'Kubernetes' && resolution === 'Passthrough';
  return aliasOf === undefined && !isHeadless ? [] : [{ code: 'not-steerable', message: `${host} ${why}` }];
}

function forCaller(
  inquiry: Inquiry,
  view: IstiodView,
  asked: { readonly caller: Caller; readonly service: Service; readonly steering: Steering },
): Found {
  const { caller, service, steering } = asked;
  const visible = visibleService(view, proxyClientOf(view, caller.proxy), service.host);
  // Who cannot call the service at all is steered nowhere.
  if (visible.found?.service.namespace !== service.namespace) return { obstacles: [], open: [] };
  const rules = together([ruleFor(view, caller, service, steering), routeFor(view, caller, service, steering)]);
  if (rules.obstacles.length > 0 || isWildcard(steering.host)) return rules;
  return together([rules, answeringFor(inquiry, view, asked)]);
}

function together(found: readonly Found[]): Found {
  return {
    obstacles: found.flatMap(({ obstacles }) => obstacles),
    open: found.flatMap(({ open }) => open),
  };
}

/** The services that a declaration is about: of a pattern, those for which nothing more specific is declared. */
function servicesOf(view: IstiodView, steering: Steering, steerings: readonly Steering[]): readonly Service[] {
  // What is declared for a part of a pattern that stays in its cluster is an exception of it.
  const alike = steering.staysInCluster ? steerings : steerings.filter((one) => !one.staysInCluster);
  const table: HostTable<string> = {
    exact: new Map(alike.filter(({ host }) => !isWildcard(host)).map(({ host, key }) => [host, key])),
    wildcard: new Map(alike.filter(({ host }) => isWildcard(host)).map(({ host, key }) => [host, key])),
  };
  return [...view.services].flatMap(([host, byNamespace]) =>
    isCoveredBy(host, steering.host) && mostSpecific(host, table) === steering.key ? [...byNamespace.values()] : [],
  );
}
