import type { EnvoyRoute, EnvoyRouting } from '../../lab/src/oracle/oracle.ts';
import type { Json, JsonObject } from '../../src/base/json.ts';
import { answer } from '../../src/discovery/endpoints/query.ts';
import { type RouteAnswer, type RouteRequest, route } from '../../src/discovery/rules/virtual-service.ts';
import type { IstiodView, ProxyNode } from '../../src/discovery/values/model.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { fields, object } from './draft.ts';
import { generateCase, type OracleCase } from './generate.ts';
import { type Random, randomOf } from './random.ts';
import { methods } from './requests.ts';

/** A service as VirtualServices are written for it. */
interface Target {
  readonly host: string;
  readonly name: string;
  readonly namespace: string;
}

/** A random mesh whose VirtualServices route by all that requests differ in. The same seed always gives the same case. */
export function generateRoutes(seed: number): OracleCase {
  const one = generateCase(seed);
  const random = randomOf(seed + 1_000_000);
  return { ...one, snapshot: withVirtualServices(random, one.snapshot) };
}

function targetsOf({ clusters }: Snapshot): readonly Target[] {
  const services = clusters.flatMap(({ objects }) => objects as readonly KubeObject[]);
  const found = new Map<string, Target>();
  for (const { kind, metadata, spec } of services) {
    const { name, namespace = '' } = metadata;
    const host = `${name}.${namespace}.svc.cluster.local`;
    const isPlain = kind === 'Service' && namespace !== 'istio-system' && (spec as JsonObject).type !== 'ExternalName';
    if (isPlain) found.set(host, { host, name, namespace });
  }
  return [...found.values()];
}

function withVirtualServices(random: Random, snapshot: Snapshot): Snapshot {
  const plain = targetsOf(snapshot);
  const aliases = plain.length === 0 ? [] : aliasesOf(random, plain);
  // Aliases are destinations and hosts as services are, now and then.
  const targets = [...plain, ...plain, ...aliases.map(targetOf)];
  const configs = new Set(snapshot.istiods.map(({ cluster }) => cluster));
  const clusters = snapshot.clusters.map((one) => {
    if (!configs.has(one.cluster) || plain.length === 0) return one;
    const added = Array.from({ length: random.int(3, 7) }, (_, index) => virtualService(random, targets, index));
    return { ...one, objects: [...one.objects, ...aliases, ...added] };
  });
  return { ...snapshot, clusters };
}

function targetOf({ metadata: { name, namespace = '' } }: KubeObject): Target {
  return { host: `${name}.${namespace}.svc.cluster.local`, name, namespace };
}

/** ExternalName Services: of services, of each other, of names outside and of nobody. */
function aliasesOf(random: Random, targets: readonly Target[]): readonly KubeObject[] {
  return Array.from({ length: random.int(1, 3) }, (_, index) => {
    const { namespace, host } = random.pick(targets);
    const externalName = random.pick([
      host,
      host,
      host,
      `alias-0.${namespace}.svc.cluster.local`,
      'www.example.com',
      'nobody.shop.svc.cluster.local',
    ]);
    const head = { apiVersion: 'v1', kind: 'Service', name: `alias-${index}`, namespace };
    const ports = [{ name: 'http', port: random.pick([80, 80, 81]), protocol: 'TCP' }];
    const made = object(head, { spec: { type: 'ExternalName', externalName, ports } });
    return {
      ...made,
      metadata: { ...made.metadata, uid: `Alias/${index}`, creationTimestamp: '2026-01-01T00:35:00Z' },
    };
  });
}

function virtualService(random: Random, targets: readonly Target[], index: number): KubeObject {
  const target = random.pick(targets);
  const head = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    name: `by-request-${index}`,
    namespace: random.chance(0.8) ? target.namespace : random.pick(targets).namespace,
  };
  const hosts = random.pick([
    [target.host],
    [target.host],
    [target.host],
    [`*.${target.namespace}.svc.cluster.local`],
    [target.host, random.pick(targets).host],
    ['*.example.com'],
    [target.host, 'www.example.com'],
  ]);
  const http = Array.from({ length: random.int(1, 3) }, () => httpRoute(random, targets));
  const made = object(head, { spec: { hosts: [...new Set(hosts)], http } });
  // Of equal ages the name decides.
  return {
    ...made,
    metadata: { ...made.metadata, uid: `VirtualService/${index}`, creationTimestamp: '2026-01-01T00:40:00Z' },
  };
}

function httpRoute(random: Random, targets: readonly Target[]): JsonObject {
  const match = random.maybe(0.8, () => Array.from({ length: random.int(1, 2) }, () => matchOf(random)));
  switch (random.pick(['route', 'route', 'route', 'route', 'route', 'redirect', 'answer'])) {
    case 'redirect':
      return fields({ match, redirect: { uri: '/elsewhere' } });
    case 'answer':
      return fields({ match, directResponse: { status: 418 } });
    default:
      return fields({ match, route: destinations(random, targets) });
  }
}

function destinations(random: Random, targets: readonly Target[]): JsonObject[] {
  const chosen = [...new Set(Array.from({ length: random.pick([1, 1, 2, 3]) }, () => random.pick(targets)))];
  return chosen.map(({ host, name }, index) => {
    const destination = fields({
      host: random.chance(0.1) ? name : host,
      subset: random.maybe(0.25, () => random.pick(['v1', 'v2'])),
      port: random.maybe(0.3, () => ({ number: random.pick([80, 81]) })),
    });
    return { destination, ...(chosen.length === 1 ? {} : { weight: [random.pick([0, 25, 60]), 30, 10][index] ?? 1 }) };
  });
}

function text(random: Random, value: string): JsonObject {
  return random.pick<JsonObject>([{ exact: value }, { prefix: value }, { regex: `${value}.*` }]);
}

function matchOf(random: Random): JsonObject {
  const uri = (): JsonObject =>
    random.pick<JsonObject>([
      { prefix: '/a' },
      { prefix: '/' },
      { exact: '/a/b' },
      { regex: '/item/[0-9]+' },
      { regex: '.*' },
      { prefix: '/item/' },
    ]);
  return fields({
    uri: random.maybe(0.6, uri),
    ignoreUriCase: random.maybe(0.15, () => true),
    method: random.maybe(0.2, () => ({ exact: random.pick(methods) })),
    headers: random.maybe(0.35, () => ({ 'x-user': random.chance(0.2) ? {} : text(random, 'x') })),
    withoutHeaders: random.maybe(0.15, () => ({ 'x-user': random.chance(0.4) ? {} : text(random, 'y') })),
    queryParams: random.maybe(0.15, () => ({ user: random.chance(0.3) ? {} : { exact: 'x' } })),
    authority: random.maybe(0.06, () => text(random, 'web')),
    port: random.maybe(0.1, () => random.pick([80, 81])),
    sourceLabels: random.maybe(0.12, () => ({ version: random.pick(['v1', 'v2']) })),
    sourceNamespace: random.maybe(0.08, () => random.pick(['shop', 'data'])),
    gateways: random.maybe(0.08, () => random.pick<Json[]>([['mesh'], ['istio-system/cross-network']])),
  });
}

export interface RouteDifference {
  readonly request: RouteRequest;
  readonly predicted: RouteAnswer;
  readonly actual: EnvoyRoute;
}

/** How many requests the model routes, and those that Envoy sends elsewhere. */
export interface RouteJudgement {
  readonly routed: number;
  readonly split: number;
  readonly differences: readonly RouteDifference[];
}

/** Compares where Envoy sent the requests with where the model sends them. */
export function judgeRoutes(
  { view, proxy }: { readonly view: IstiodView; readonly proxy: ProxyNode },
  requests: readonly RouteRequest[],
  { routes, splits }: EnvoyRouting,
): RouteJudgement {
  const differences: RouteDifference[] = [];
  const shown = new Set(splits.map(splitText));
  let [routed, split] = [0, 0];
  requests.forEach((request, index) => {
    const predicted = route(view, proxy, request);
    const actual = routes[index];
    if (actual === undefined) throw new Error(`Envoy was not asked about request ${index}`);
    if (predicted.outcome === 'Routed') {
      routed += 1;
      if (predicted.destinations.length > 1) split += 1;
    }
    if (!isAsPredicted({ view, proxy }, predicted, { actual, shown })) differences.push({ request, predicted, actual });
  });
  return { routed, split, differences };
}

function splitText(split: Readonly<Record<string, number>>): string {
  const parts = Object.entries(split).filter(([, percent]) => percent > 0);
  return parts
    .map(([name, percent]) => `${name} ${percent.toFixed(6)}`)
    .sort()
    .join(', ');
}

function isAsPredicted(
  { view, proxy }: { readonly view: IstiodView; readonly proxy: ProxyNode },
  predicted: RouteAnswer,
  { actual, shown }: { readonly actual: EnvoyRoute; readonly shown: ReadonlySet<string> },
): boolean {
  if (predicted.outcome === 'NotRouted') return isRefused(predicted.code, actual);
  const split: Record<string, number> = {};
  for (const { host, port, subset, share } of predicted.destinations) {
    const name = `outbound|${port}|${subset}|${host}`;
    split[name] = (split[name] ?? 0) + share;
  }
  const names = Object.keys(split);
  if (names.length > 1 && !shown.has(splitText(split))) return false;
  if (actual.cluster !== '') return names.includes(actual.cluster);
  // Envoy answers 503 where the cluster that it chose is not there.
  const isMissing = predicted.destinations.some(({ host, port, subset }) => {
    const found = answer(view, proxy, { host, port, subset, mode: 'outbound' });
    return found.outcome === 'None' && found.type === undefined;
  });
  return isMissing && actual.status === 503;
}

function isRefused(code: Extract<RouteAnswer, { outcome: 'NotRouted' }>['code'], actual: EnvoyRoute): boolean {
  switch (code) {
    case 'no-match':
      return actual.status === 404 && actual.cluster === '';
    case 'answered-by-proxy':
      return [301, 418].includes(actual.status);
    case 'passed-through':
    case 'no-such-port':
      return actual.cluster === 'PassthroughCluster';
    default:
      return actual.cluster === 'BlackHoleCluster' || actual.cluster === '';
  }
}
