import { oncePer, remember } from '../../base/memo.ts';
import { compareTexts } from '../values/fields.ts';
import { socketAddress } from '../values/ip.ts';
import { type Host, maxWeight } from '../values/locality-group.ts';
import { setting } from '../values/mesh-config.ts';
import type { Endpoint, IstiodView, Service, Shard } from '../values/model.ts';
import { earlyRules, isDraining, lateRules, type Rule } from './endpoint-rules.ts';
import { type ClientlessRequest, resolvesByDns } from './envoy-cluster-request.ts';
import { type Exclusion, exclude } from './exclusion.ts';

/** A host together with the endpoint that it was made of. */
export interface Candidate {
  readonly endpoint: Endpoint;
  readonly host: Host;
}

/** The candidates of one raw locality label. */
export interface CandidateGroup {
  readonly label: string;
  readonly candidates: readonly Candidate[];
}

/** A candidate with the rules that leave it out for every client. */
export interface JudgedCandidate extends Candidate {
  /** The first rule that applies before those of the client's place. */
  readonly early: Rule | undefined;
  /** The first that applies after them. */
  readonly late: Rule | undefined;
}

/** The endpoints of one shard that are of the request's port. */
export interface JudgedShard {
  readonly shard: Shard;
  readonly judged: readonly JudgedCandidate[];
  /** Endpoints that never were candidates: dropped by the registry, or of no port of the service. */
  readonly excluded: readonly Exclusion[];
}

export interface JudgedEndpoints {
  readonly shards: readonly JudgedShard[];
  /** All endpoints by locality label, in its order; undefined where any endpoint is left out for every client. */
  readonly whole: readonly CandidateGroup[] | undefined;
  /** True where any of them is for the proxies of its own cluster only. */
  readonly confined: boolean;
}

/** The endpoints of a service for one port and subset, in istiod's order: judged once for all clients of one rule. */
export function judgedEndpoints(request: ClientlessRequest): JudgedEndpoints {
  const { view, service, port, subset, rule } = request;
  const known = judgedBefore(view)(service)(rule ?? noRule);
  return remember(known, `${port.port} ${port.name} ${subset}`, () => judge(request));
}

/** By service, then by DestinationRule, then by port and subset: most clients of a service are under the same rule. */
const judgedBefore = oncePer((_view: IstiodView) =>
  oncePer((_service: Service) => oncePer((_rule: object) => new Map<string, JudgedEndpoints>())),
);
const noRule = {};

function judge(request: ClientlessRequest): JudgedEndpoints {
  const shards = judgeShards(request);
  const isWhole = shards.every(
    ({ judged, excluded }) =>
      excluded.length === 0 && judged.every(({ early, late }) => early === undefined && late === undefined),
  );
  return {
    shards,
    whole: isWhole ? groupsOf(shards.flatMap(({ judged }) => judged)) : undefined,
    confined: shards.some(({ judged }) => judged.some(({ endpoint }) => endpoint.sameClusterOnly === true)),
  };
}

function judgeShards(request: ClientlessRequest): readonly JudgedShard[] {
  const early = earlyRules(request);
  const late = lateRules(request);
  const hostOf = hostMaker(request);
  return request.view.shards(request.service).map((shard) => {
    const ofPort = shard.endpoints.filter((endpoint) => isOfPort(endpoint, request));
    return {
      shard,
      judged: ofPort.map((endpoint) => ({
        endpoint,
        host: hostOf(endpoint),
        early: early.find((rule) => rule.applies(endpoint)),
        late: late.find((rule) => rule.applies(endpoint)),
      })),
      excluded: [...droppedFrom(shard, request), ...strangersIn(shard, request)],
    };
  });
}

/** EDS goes by the port's name, DNS by the number that a ServiceEntry gives it (endpointshards.go, CopyEndpoints). */
function isOfPort({ portName, entryPort }: Endpoint, { service, port }: ClientlessRequest): boolean {
  return entryPort !== undefined && resolvesByDns(service) ? entryPort === port.port : portName === port.name;
}

function droppedFrom({ dropped }: Shard, request: ClientlessRequest): readonly Exclusion[] {
  return dropped
    .filter(({ endpoint }) => isOfPort(endpoint, request))
    .map(
      ({ endpoint, reason }) =>
        () =>
          exclude(endpoint, reason, dropReasons[reason]),
    );
}

const dropReasons = {
  'pod-not-found': 'its EndpointSlice names a Pod that istiod does not know',
  'not-an-ip': 'its address is no IP address',
} as const;

/** An endpoint of another port of the service is none of this cluster's; one of no port at all is lost (trap T8). */
function strangersIn({ endpoints }: Shard, request: ClientlessRequest): readonly Exclusion[] {
  const { ports, namespace, name, definedIn } = request.service;
  const portNames = new Set(ports.map((port) => port.name));
  return endpoints
    .filter((endpoint) => !isOfPort(endpoint, request) && !portNames.has(endpoint.portName))
    .map((endpoint) => () => {
      const names = ports.map((port) => `"${port.name}"`).join(', ');
      const owner = `Service ${namespace}/${name} of cluster ${definedIn}`;
      const why = `port name "${endpoint.portName}" of its EndpointSlice is none of ${names}, which ${owner} names`;
      return exclude(endpoint, 'wrong-port-name', why);
    });
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

/** The weight times the factor of trap T4, clipped as istiod clips it. */
function scaled(weight: number, factor: number): number {
  return weight < Math.floor(maxWeight / factor) ? Math.max(weight, 1) * factor : maxWeight;
}

/** By raw locality label, in its order. */
export function groupsOf(candidates: readonly Candidate[]): readonly CandidateGroup[] {
  const groups = Map.groupBy(candidates, ({ endpoint }) => endpoint.locality);
  return [...groups]
    .map(([label, group]) => ({ label, candidates: group }))
    .sort((a, b) => compareTexts(a.label, b.label));
}
