import type {
  ActualAnswer,
  ActualCluster,
  ActualEds,
  ActualEndpoint,
  ActualGroup,
} from '../../lab/src/oracle/answer.ts';
import { effectiveView } from '../../src/discovery/endpoints/envoy.ts';
import type { AnswerEndpoint, EdsAnswer, EnvoyClusterAnswer, Query } from '../../src/discovery/values/answer.ts';
import { type LocalityGroup, parseLocality } from '../../src/discovery/values/locality-group.ts';

/** Where prediction and istiod part. `kind` groups differences of one cause; the lines are for people. */
export interface Difference {
  readonly kind: string;
  readonly lines: readonly string[];
}

/** The name of Envoy's cluster for a question. */
export function clusterName({ host, port, subset, mode }: Query): string {
  return mode === 'sni-dnat' ? `outbound_.${port}_.${subset}_.${host}` : `outbound|${port}|${subset}|${host}`;
}

/** The first difference between what was predicted and what istiod answers, or undefined. */
export function compareAnswer(predicted: EdsAnswer, actual: ActualAnswer, name: string): Difference | undefined {
  const cluster = actual.clusters.get(name);
  if (predicted.outcome === 'None') {
    if (typeOf(cluster) === predicted.type) return undefined;
    const expected = `${predicted.type === undefined ? 'no cluster' : `a cluster ${predicted.type}`}: ${predicted.explanation}`;
    return differ(
      `predicted ${predicted.code}`,
      expected,
      cluster === undefined ? 'none' : `a cluster ${cluster.type}`,
    );
  }
  if (cluster === undefined) return differ('no such cluster', `a cluster ${predicted.envoyCluster.type}`, 'none');
  const difference = compareClusters(predicted.envoyCluster, cluster);
  if (difference !== undefined || cluster.type !== 'EDS') return difference;
  const eds = actual.eds.get(name);
  if (eds === undefined) return differ('no EDS', `${predicted.endpoints.length} endpoints`, 'no assignment');
  return compareEndpoints(predicted.endpoints, eds) ?? compareShares(predicted, eds);
}

/** A type that Envoy has by an extension is the one that resolves each request's name. */
function typeOf(cluster: ActualCluster | undefined): ActualCluster['type'] | 'DYNAMIC_DNS' | undefined {
  return cluster?.type === 'OTHER' ? 'DYNAMIC_DNS' : cluster?.type;
}

/** The first difference from the likeliest answer, unless istiod's is another one of the possible ones. */
export function compareAnswers(
  possible: readonly EdsAnswer[],
  actual: ActualAnswer,
  name: string,
): Difference | undefined {
  const [first, ...others] = possible.map((predicted) => compareAnswer(predicted, actual, name));
  return others.includes(undefined) ? undefined : first;
}

function differ(kind: string, predicted: unknown, actual: unknown): Difference {
  return { kind, lines: [`predicted ${text(predicted)}`, `actual    ${text(actual)}`] };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Envoy's panic threshold where CDS names none. */
const defaultPanicThreshold = 50;

function compareClusters(predicted: EnvoyClusterAnswer, actual: ActualCluster): Difference | undefined {
  const tls = tlsOf(actual);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['cluster type', predicted.type, actual.type],
    ['tls', tlsKind(predicted.tls), tls.mode],
    ['cluster sni', predicted.sni ?? '', tls.sni],
    ['sans', [...predicted.sans].sort(), [...tls.sans].sort()],
    ['locality weighted', predicted.localityWeighted, actual.localityWeighted],
    ['panic threshold', predicted.panicThreshold, actual.panicThreshold ?? defaultPanicThreshold],
  ];
  const wrong = pairs.find(([, one, other]) => JSON.stringify(one) !== JSON.stringify(other));
  return wrong === undefined ? undefined : differ(...wrong);
}

interface ClusterTls {
  readonly mode: ReturnType<typeof tlsKind> | 'Other';
  readonly sni: string;
  readonly sans: readonly string[];
}

/** Simple and Mutual differ in files that istiod only passes on. */
function tlsKind(tls: EnvoyClusterAnswer['tls']): 'None' | 'Auto' | 'Istio' | 'Own' {
  return tls === 'Simple' || tls === 'Mutual' ? 'Own' : tls;
}

/** The transport sockets of a cluster in the words of the prediction; names are those that mutual TLS uses. */
function tlsOf({ tls, matches }: ActualCluster): ClusterTls {
  const mutual = matches.find(({ tlsMode }) => tlsMode === 'istio');
  if (mutual !== undefined) return { ...mutual.tls, mode: tls.mode === 'raw' ? 'Auto' : 'Other' };
  switch (tls.mode) {
    case 'raw':
      return { ...tls, mode: 'None' };
    case 'istio':
      return { ...tls, mode: 'Istio' };
    default:
      return { ...tls, mode: 'Own' };
  }
}

/** A run of endpoints of one locality and priority, each as a text that has all that is compared. */
interface Run {
  readonly head: string;
  readonly endpoints: readonly string[];
}

function compareEndpoints(predicted: readonly AnswerEndpoint[], eds: ActualEds): Difference | undefined {
  const ours = runs(predicted);
  const theirs = runs(eds.endpoints);
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return undefined;
  return { kind: endpointKind(predicted, eds), lines: [...listing('predicted', ours), ...listing('actual', theirs)] };
}

/**
 * Endpoints by run. Inside a run their order means nothing: istiod keeps EndpointSlices in a Go map, and sorts
 * gateways by address and port alone.
 */
function runs(endpoints: readonly (AnswerEndpoint | ActualEndpoint)[]): Run[] {
  const found: { head: string; endpoints: string[] }[] = [];
  for (const endpoint of endpoints) {
    const head = `priority ${endpoint.priority}, locality ${endpoint.locality.replace(/\/+$/, '') || '(none)'}`;
    const last = found.at(-1);
    if (last?.head === head) last.endpoints.push(endpointText(endpoint));
    else found.push({ head, endpoints: [endpointText(endpoint)] });
  }
  for (const run of found) run.endpoints.sort();
  return found;
}

function endpointText({ address, weight, health, tlsMode, cluster }: AnswerEndpoint | ActualEndpoint): string {
  return `${address} weight ${weight} ${health}${tlsMode === '' ? '' : ` tlsMode ${tlsMode}`} of ${cluster}`;
}

/**
 * What Envoy makes of istiod's answer must be what was predicted: by this the weights of localities are compared too.
 * Where one address is twice in a run, which of the two Envoy keeps depends on an order that means nothing.
 */
function compareShares(
  { envoyCluster, effective }: Extract<EdsAnswer, { outcome: 'Answer' }>,
  eds: ActualEds,
): Difference | undefined {
  const addresses = eds.groups.map((group) => group.endpoints.map(({ address }) => address));
  if (addresses.some((inGroup) => new Set(inGroup).size < inGroup.length)) return undefined;
  const theirs = effectiveView(eds.groups.map(localityGroup), envoyCluster.localityWeighted).hosts;
  const ours = shares(effective.map(({ address, priority, share }) => ({ address, priority, share })));
  const actual = shares(theirs.map(({ host, priority, share }) => ({ address: host.address, priority, share })));
  return ours === actual ? undefined : differ('shares', ours, actual);
}

function shares(
  hosts: readonly { readonly address: string; readonly priority: number; readonly share: number }[],
): string {
  const texts = hosts.map(({ address, priority, share }) => `${address} priority ${priority} ${share.toFixed(6)}%`);
  return texts.sort().join(', ');
}

function localityGroup({ locality, priority, weight, endpoints }: ActualGroup): LocalityGroup {
  const hosts = endpoints.map((endpoint) => ({ ...endpoint, ...unseen, health: seenHealth(endpoint) }));
  return { locality: parseLocality(locality), priority, weight: weight ?? null, hosts };
}

/** What Envoy does not look at. */
const unseen = { via: 'pod', network: '', labels: {} } as const;

function seenHealth({ health }: ActualEndpoint): AnswerEndpoint['health'] {
  return health === 'HEALTHY' || health === 'DRAINING' ? health : 'UNHEALTHY';
}

function listing(title: string, found: readonly Run[]): string[] {
  return [title, ...found.flatMap(({ head, endpoints }) => [`  ${head}`, ...endpoints.map((one) => `    ${one}`)])];
}

/** What is different first, so that differences of one cause end in one group. */
function endpointKind(predicted: readonly AnswerEndpoint[], { endpoints: actual }: ActualEds): string {
  const same = (part: (endpoint: AnswerEndpoint | ActualEndpoint) => unknown): boolean =>
    JSON.stringify(predicted.map(part).map(text).sort()) === JSON.stringify(actual.map(part).map(text).sort());
  if (!same(({ address }) => address)) {
    if (predicted.length === actual.length) return 'other addresses';
    return predicted.length > actual.length ? 'too many endpoints' : 'too few endpoints';
  }
  if (!same(({ address, weight }) => [address, weight])) return 'weight';
  if (!same(({ address, health }) => [address, health])) return 'health';
  if (!same(({ address, priority }) => [address, priority])) return 'priority';
  if (!same(({ address, locality }) => [address, locality.replace(/\/+$/, '')])) return 'locality';
  return 'order, tlsMode or cluster';
}
