import { describeRule } from '../rules/destination-rule.ts';
import { subsetOf } from '../rules/traffic-policy.ts';
import type { ReasonCode } from '../values/answer.ts';
import { compareTexts, labelOf, numberOf, selects } from '../values/fields.ts';
import { ipFamily, socketAddress } from '../values/ip.ts';
import { type Host, maxWeight } from '../values/locality-group.ts';
import { isOn, setting } from '../values/mesh-config.ts';
import type { Endpoint, IstiodView, Service, Shard } from '../values/model.ts';
import { oncePer } from '../values/once-per.ts';
import type { Candidate, CandidateGroup, EnvoyClusterRequest } from './eds.ts';

/** Whether Envoy finds the hosts by DNS: their names come with the cluster (CDS) rather than by EDS. */
export function resolvesByDns({ resolution }: Service): boolean {
  return resolution === 'DNS' || resolution === 'DNSRoundRobin';
}

/** EDS goes by the port's name, DNS by the number that a ServiceEntry gives it (endpointshards.go, CopyEndpoints). */
export function isOfPort(
  { portName, entryPort }: Endpoint,
  { service, port }: Pick<EnvoyClusterRequest, 'service' | 'port'>,
): boolean {
  return entryPort !== undefined && resolvesByDns(service) ? entryPort === port.port : portName === port.name;
}

/** One reason to leave an endpoint out, and what the explanation says after its name. */
export interface Rule {
  readonly reason: ReasonCode;
  applies(endpoint: Endpoint): boolean;
  why(endpoint: Endpoint): string;
}

/** A candidate with what is true of it whoever asks. */
export interface Judged extends Candidate {
  /** The rule that leaves it out before those that go by where the client is. */
  readonly early: Rule | undefined;
  /** And the one after them. */
  readonly late: Rule | undefined;
}

export interface JudgedEndpoints {
  readonly shards: readonly JudgedShard[];
  /** By locality label, in its order; undefined where any endpoint is left out, whoever asks. */
  readonly whole: readonly CandidateGroup[] | undefined;
  /** True where any of them is for the proxies of its own cluster only. */
  readonly confined: boolean;
}

/** The endpoints of one shard that have the port's name, and those whose name is that of no port of the service. */
export interface JudgedShard {
  readonly shard: Shard;
  readonly judged: readonly Judged[];
  readonly strangers: readonly Endpoint[];
}

/** A question without the client that asks it. */
export type ClientlessRequest = Omit<EnvoyClusterRequest, 'client' | 'mode'>;

/** By service, then by rule: what clients are asked about is the same for most of them. */
const judgedBefore = oncePer((_view: IstiodView) =>
  oncePer((_service: Service) => oncePer((_rule: object) => new Map<string, JudgedEndpoints>())),
);
const noRule = {};

/** The endpoints of a service for one port and subset, in istiod's order: judged once for all clients of one rule. */
export function judgedEndpoints(request: ClientlessRequest): JudgedEndpoints {
  const { view, service, port, subset, rule } = request;
  const known = judgedBefore(view)(service)(rule ?? noRule);
  const key = `${port.port} ${port.name} ${subset}`;
  const found = known.get(key) ?? judge(request);
  known.set(key, found);
  return found;
}

function judge(request: ClientlessRequest): JudgedEndpoints {
  const shards = judgeShards(request);
  const isWhole = shards.every(
    ({ shard: { dropped }, judged, strangers }) =>
      strangers.length === 0 &&
      dropped.every(({ endpoint }) => !isOfPort(endpoint, request)) &&
      judged.every(({ early, late }) => early === undefined && late === undefined),
  );
  return {
    shards,
    whole: isWhole ? groupsOf(shards.flatMap(({ judged }) => judged)) : undefined,
    confined: shards.some(({ judged }) => judged.some(({ endpoint }) => endpoint.sameClusterOnly === true)),
  };
}

/** By raw locality label, in its order. */
export function groupsOf(candidates: readonly Candidate[]): readonly CandidateGroup[] {
  const groups = Map.groupBy(candidates, ({ endpoint }) => endpoint.locality);
  return [...groups]
    .map(([label, group]) => ({ label, candidates: group }))
    .sort((a, b) => compareTexts(a.label, b.label));
}

function judgeShards(request: ClientlessRequest): readonly JudgedShard[] {
  const { view, service } = request;
  const early = [...(resolvesByDns(service) ? [] : [portRule(request)]), ...subsetRules(request)];
  const late = healthRules(request);
  const hostOf = hostMaker(request);
  const portNames = new Set(service.ports.map(({ name }) => name));
  return view.shards(service).map((shard) => {
    const ofPort = shard.endpoints.filter((endpoint) => isOfPort(endpoint, request));
    return {
      shard,
      judged: ofPort.map((endpoint) => ({
        endpoint,
        host: hostOf(endpoint),
        early: early.find((rule) => rule.applies(endpoint)),
        late: late.find((rule) => rule.applies(endpoint)),
      })),
      // An endpoint of another port of the service is none of this cluster's; one of no port at all is lost (trap T8).
      strangers: shard.endpoints.filter(
        (endpoint) => !isOfPort(endpoint, request) && !portNames.has(endpoint.portName),
      ),
    };
  });
}

function portRule({ service, port }: ClientlessRequest): Rule {
  return {
    reason: 'not-an-ip',
    applies: ({ address, port: number }) => address !== '' && number !== 0 && ipFamily(address) === undefined,
    why: ({ address }) => `${address} is no IP address, and ${service.host}:${port.port} is not resolved by DNS`,
  };
}

function subsetRules({ rule, subset: name }: ClientlessRequest): readonly Rule[] {
  const subset = subsetOf(rule, name);
  if (rule === undefined || subset === undefined) return [];
  const wanted = Object.entries(subset.labels).map(([key, value]) => `${key}=${value}`);
  const why = `its labels lack ${wanted.join(', ')}, which subset ${name} of ${describeRule(rule)} asks for`;
  return [
    {
      reason: 'subset-mismatch',
      applies: ({ labels }) => !selects(subset.labels, labels),
      why: () => why,
    },
  ];
}

/** Whether endpoints that are not ready are sent along, marked UNHEALTHY (trap T1). */
export function sendsUnhealthy({ view, service, policy }: ClientlessRequest): boolean {
  if (isOn(view.istiod, 'PILOT_SEND_UNHEALTHY_ENDPOINTS') || service.trafficDistribution !== 'Any') return true;
  if (!isOn(view.istiod, 'PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS')) return false;
  return (numberOf(policy?.outlierDetection?.minHealthPercent) ?? 0) === 0;
}

function healthRules(request: ClientlessRequest): readonly Rule[] {
  const { view, rule, service } = request;
  const draining = setting(view.istiod, 'PILOT_DRAINING_LABEL', 'istio.io/draining');
  const session = setting(view.istiod, 'PILOT_PERSISTENT_SESSION_LABEL', 'istio.io/persistent-session');
  const rules: Rule[] = [];
  if (!sendsUnhealthy(request)) {
    const cause =
      rule === undefined || !isOn(view.istiod, 'PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS')
        ? 'PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS of istiod is off'
        : `outlierDetection.minHealthPercent of ${describeRule(rule)} is above 0`;
    rules.push({
      reason: 'unhealthy-suppressed',
      applies: ({ health }) => health === 'UNHEALTHY',
      why: () => `it is not ready, and ${cause}`,
    });
  }
  rules.push({
    reason: 'terminating',
    applies: ({ health }) => health === 'TERMINATING',
    why: () => 'its EndpointSlice condition ready is false and terminating is not false (unset counts as terminating)',
  });
  if ((labelOf(service.labels, session) ?? '') === '') {
    rules.push({
      reason: 'draining',
      applies: ({ health, labels }) => health === 'DRAINING' || isDraining(labels, draining),
      why: () => `it is draining, and the Service has no label ${session}`,
    });
  }
  return rules;
}

function isDraining(labels: Readonly<Record<string, string>>, label: string): boolean {
  return label !== '' && (labelOf(labels, label) ?? '') !== '';
}

/** The weight times the factor of trap T4, clipped as istiod clips it. */
function scaled(weight: number, factor: number): number {
  return weight < Math.floor(maxWeight / factor) ? Math.max(weight, 1) * factor : maxWeight;
}

function hostMaker({ view, judge: mtls }: ClientlessRequest): (endpoint: Endpoint) => Host {
  const drainingLabel = setting(view.istiod, 'PILOT_DRAINING_LABEL', 'istio.io/draining');
  const { multiNetwork, lcm } = view.gateways;
  const factor = multiNetwork ? Math.max(lcm, 1) : 1;
  return (endpoint) => {
    const health = isDraining(endpoint.labels, drainingLabel) ? 'DRAINING' : endpoint.health;
    return {
      address: socketAddress(endpoint.address, endpoint.port),
      weight: scaled(endpoint.weight, factor),
      health: health === 'TERMINATING' ? 'UNHEALTHY' : health,
      via: 'pod',
      network: endpoint.network,
      cluster: endpoint.cluster,
      tlsMode: mtls.tlsModeOf(endpoint),
      labels: endpoint.labels,
    };
  };
}
