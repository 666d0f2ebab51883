import type { ExcludedEndpoint, Query, ReasonCode } from './answer.ts';
import type { Client } from './client.ts';
import { isClusterLocal } from './cluster-local.ts';
import { type DestinationRule, describeRule } from './destination-rule.ts';
import { exclude } from './exclusion.ts';
import { compareTexts, labelOf, numberOf, selects } from './fields.ts';
import { ipFamily } from './ip.ts';
import { type Host, type LocalityGroup, maxWeight, parseLocality, sumOfWeights } from './locality-group.ts';
import { isOn, setting } from './mesh-config.ts';
import type { Endpoint, IstiodView, Service, ServicePort, Shard } from './model.ts';
import { type MtlsJudge, mtlsJudge } from './mtls.ts';
import { socketAddress } from './socket-address.ts';
import { effectivePolicy, subsetOf, type TrafficPolicy } from './traffic-policy.ts';

/** All that decides about the endpoints of one cluster of one client. */
export interface ClusterRequest {
  readonly view: IstiodView;
  readonly client: Client;
  readonly service: Service;
  readonly port: ServicePort;
  readonly subset: string;
  readonly mode: Query['mode'];
  readonly rule: DestinationRule | undefined;
  readonly policy: TrafficPolicy | undefined;
  readonly judge: MtlsJudge;
}

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

export function clusterRequest(base: Omit<ClusterRequest, 'policy' | 'judge'>): ClusterRequest {
  const { view, rule, port, subset } = base;
  return {
    ...base,
    policy: rule === undefined ? undefined : effectivePolicy(rule, port.port, subset),
    judge: mtlsJudge(view, rule, { port: port.port, subset }),
  };
}

/** Whether Envoy finds the hosts by DNS: their names come with the cluster (CDS) rather than by EDS. */
export function resolvesByDns({ resolution }: Service): boolean {
  return resolution === 'DNS' || resolution === 'DNSRoundRobin';
}

/** Whether endpoints that are not ready are sent along, marked UNHEALTHY (trap T1). */
export function sendsUnhealthy({ view, service, policy }: ClusterRequest): boolean {
  if (isOn(view.istiod, 'PILOT_SEND_UNHEALTHY_ENDPOINTS') || service.trafficDistribution !== 'Any') return true;
  if (!isOn(view.istiod, 'PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS')) return false;
  return (numberOf(policy?.outlierDetection?.minHealthPercent) ?? 0) === 0;
}

/** One reason to leave an endpoint out, and what the explanation says after its name. */
interface Rule {
  readonly reason: ReasonCode;
  applies(endpoint: Endpoint): boolean;
  why(endpoint: Endpoint): string;
}

function portRule({ service, port }: ClusterRequest): Rule {
  return {
    reason: 'NOT_AN_IP',
    applies: ({ address, port: number }) => address !== '' && number !== 0 && ipFamily(address) === undefined,
    why: ({ address }) => `${address} is no IP address, and ${service.host}:${port.port} is not resolved by DNS`,
  };
}

function subsetRules({ rule, subset: name }: ClusterRequest): readonly Rule[] {
  const subset = subsetOf(rule, name);
  if (rule === undefined || subset === undefined) return [];
  const wanted = Object.entries(subset.labels).map(([key, value]) => `${key}=${value}`);
  const why = `its labels lack ${wanted.join(', ')}, which subset ${name} of ${describeRule(rule)} asks for`;
  return [
    {
      reason: 'SUBSET_MISMATCH',
      applies: ({ labels }) => !selects(subset.labels, labels),
      why: () => why,
    },
  ];
}

/** The filters that go by where client and endpoint are, in istiod's order. */
function placeRules({ view, client, service }: ClusterRequest): readonly Rule[] {
  const rules: Rule[] = [];
  if (service.nodeLocal) {
    rules.push({
      reason: 'NODE_LOCAL',
      applies: ({ node }) => node !== client.node,
      why: ({ node }) =>
        `it is on node ${node || '(unknown)'} rather than ${client.node || '(unknown)'}, and internalTrafficPolicy of the Service is Local`,
    });
  }
  const { view: networks } = client;
  if (networks !== undefined) {
    rules.push({
      reason: 'NETWORK_VIEW',
      applies: ({ network }) => !networks.has(network),
      why: ({ network }) =>
        `it is in network ${network}, and ISTIO_META_REQUESTED_NETWORK_VIEW of the client names only ${[...networks].filter((name) => name !== '').join(', ')}`,
    });
  }
  if (isClusterLocal(view, service.host)) {
    rules.push({
      reason: 'CLUSTER_LOCAL',
      applies: ({ cluster }) => cluster !== client.cluster,
      why: ({ cluster }) =>
        `it is in cluster ${cluster || '(unknown)'} rather than ${client.cluster || '(unknown)'}, and ${service.host} is cluster-local (meshConfig.serviceSettings or a default of istiod)`,
    });
  }
  rules.push({
    reason: 'MCS_NOT_EXPORTED',
    applies: ({ sameClusterOnly, cluster }) =>
      sameClusterOnly === true && cluster !== client.cluster && cluster !== '' && client.cluster !== '',
    why: ({ cluster }) =>
      `cluster ${cluster} has no ServiceExport ${service.namespace}/${service.name} that lets other clusters use it`,
  });
  return rules;
}

function healthRules(request: ClusterRequest): readonly Rule[] {
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
      reason: 'UNHEALTHY_SUPPRESSED',
      applies: ({ health }) => health === 'UNHEALTHY',
      why: () => `it is not ready, and ${cause}`,
    });
  }
  rules.push({
    reason: 'TERMINATING',
    applies: ({ health }) => health === 'TERMINATING',
    why: () => 'its EndpointSlice condition ready is false and terminating is not false (unset counts as terminating)',
  });
  if ((labelOf(service.labels, session) ?? '') === '') {
    rules.push({
      reason: 'DRAINING',
      applies: ({ health, labels }) => health === 'DRAINING' || isDraining(labels, draining),
      why: () => `it is draining, and the Service has no label ${session}`,
    });
  }
  return rules;
}

function isDraining(labels: Readonly<Record<string, string>>, label: string): boolean {
  return label !== '' && (labelOf(labels, label) ?? '') !== '';
}

/** Why a whole shard is passed over, or undefined. */
function shardReason({ view, client, service }: ClusterRequest, shard: Shard): ReasonCode | undefined {
  if (shard.cluster === client.cluster) return undefined;
  if (isClusterLocal(view, service.host)) return 'CLUSTER_LOCAL';
  return service.nodeLocal ? 'NODE_LOCAL' : undefined;
}

const shardExplanations = {
  CLUSTER_LOCAL: 'and the host is cluster-local (meshConfig.serviceSettings or a default of istiod)',
  NODE_LOCAL: 'and internalTrafficPolicy of the Service is Local',
} as const;

/** The weight times the factor of trap T4, clipped as istiod clips it. */
function scaled(weight: number, factor: number): number {
  return weight < Math.floor(maxWeight / factor) ? Math.max(weight, 1) * factor : maxWeight;
}

/** What all hosts of a cluster have in common. */
interface HostContext {
  readonly judge: MtlsJudge;
  readonly drainingLabel: string;
  readonly factor: number;
}

function hostOf(endpoint: Endpoint, { judge, drainingLabel, factor }: HostContext): Host {
  const health = isDraining(endpoint.labels, drainingLabel) ? 'DRAINING' : endpoint.health;
  return {
    address: socketAddress(endpoint.address, endpoint.port),
    weight: scaled(endpoint.weight, factor),
    health: health === 'TERMINATING' ? 'UNHEALTHY' : health,
    via: 'pod',
    network: endpoint.network,
    cluster: endpoint.cluster,
    tlsMode: judge.tlsModeOf(endpoint),
    labels: endpoint.labels,
  };
}

/** Sorts the endpoints of a service into those of the port that was asked for and those left out. */
class Sieve {
  readonly groups = new Map<string, Candidate[]>();
  readonly #request: ClusterRequest;
  readonly #excluded: ExcludedEndpoint[] | undefined;
  readonly #rules: readonly Rule[];
  readonly #portNames: ReadonlySet<string>;
  readonly #isDns: boolean;
  readonly #context: HostContext;

  constructor(request: ClusterRequest, excluded: ExcludedEndpoint[] | undefined) {
    this.#request = request;
    this.#excluded = excluded;
    this.#isDns = resolvesByDns(request.service);
    const addressRules = this.#isDns ? [] : [portRule(request)];
    this.#rules = [...addressRules, ...subsetRules(request), ...placeRules(request), ...healthRules(request)];
    this.#portNames = new Set(request.service.ports.map((port) => port.name));
    const { multiNetwork, lcm } = request.view.gateways;
    this.#context = {
      judge: request.judge,
      drainingLabel: setting(request.view.istiod, 'PILOT_DRAINING_LABEL', 'istio.io/draining'),
      factor: multiNetwork ? Math.max(lcm, 1) : 1,
    };
  }

  take(shard: Shard): void {
    const skipped = this.#isDns ? undefined : shardReason(this.#request, shard);
    for (const { endpoint, reason } of shard.dropped) {
      if (this.#isOfPort(endpoint)) this.#excluded?.push(exclude(endpoint, reason, dropReasons[reason]));
    }
    for (const endpoint of shard.endpoints) {
      if (!this.#isOfPort(endpoint)) this.#otherPort(endpoint);
      else if (skipped === 'CLUSTER_LOCAL' || skipped === 'NODE_LOCAL') {
        const why = `it is in cluster ${shard.cluster} rather than ${this.#request.client.cluster}, ${shardExplanations[skipped]}`;
        this.#excluded?.push(exclude(endpoint, skipped, why));
      } else this.#sift(endpoint);
    }
  }

  /** EDS goes by the port's name, DNS by the number that a ServiceEntry gives it (endpointshards.go, CopyEndpoints). */
  #isOfPort({ portName, entryPort }: Endpoint): boolean {
    const { port } = this.#request;
    return this.#isDns && entryPort !== undefined ? entryPort === port.port : portName === port.name;
  }

  /** An endpoint of another port of the service is none of this cluster's; one of no port at all is lost (trap T8). */
  #otherPort(endpoint: Endpoint): void {
    if (this.#portNames.has(endpoint.portName)) return;
    const { service } = this.#request;
    const why = `port name "${endpoint.portName}" of its EndpointSlice is none of ${[...this.#portNames].map((name) => `"${name}"`).join(', ')}, which Service ${service.namespace}/${service.name} of cluster ${service.definedIn} names`;
    this.#excluded?.push(exclude(endpoint, 'WRONG_PORT_NAME', why));
  }

  #sift(endpoint: Endpoint): void {
    for (const rule of this.#rules) {
      if (!rule.applies(endpoint)) continue;
      this.#excluded?.push(exclude(endpoint, rule.reason, rule.why(endpoint)));
      return;
    }
    const candidate = { endpoint, host: hostOf(endpoint, this.#context) };
    const group = this.groups.get(endpoint.locality);
    if (group === undefined) this.groups.set(endpoint.locality, [candidate]);
    else group.push(candidate);
  }
}

const dropReasons = {
  POD_NOT_FOUND: 'its EndpointSlice names a Pod that istiod does not know',
  NOT_AN_IP: 'its address is no IP address',
} as const;

/**
 * The endpoints that a client may use, by raw locality label in its order (endpoints/endpoint_builder.go). Those left out
 * are added to `excluded`, where it is given.
 */
export function collect(request: ClusterRequest, excluded: ExcludedEndpoint[] | undefined): readonly CandidateGroup[] {
  const sieve = new Sieve(request, excluded);
  for (const shard of request.view.shards(request.service)) sieve.take(shard);
  return [...sieve.groups]
    .map(([label, candidates]) => ({ label, candidates }))
    .sort((a, b) => compareTexts(a.label, b.label));
}

/** The groups as they are where no network has a gateway: sums are clipped rather than wrapped. */
export function flatGroups(groups: readonly CandidateGroup[]): readonly LocalityGroup[] {
  return groups.map(({ label, candidates }) => {
    const hosts = candidates.map(({ host }) => host);
    const sum = hosts.reduce((total, host) => total + host.weight, 0);
    return {
      locality: parseLocality(label),
      priority: 0,
      hosts,
      weight: sum > maxWeight ? maxWeight : sumOfWeights(hosts),
    };
  });
}
