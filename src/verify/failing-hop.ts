import type { DialResult, ProxyHost, TargetEvidence } from '../probe/protocol.ts';
import type { Pair, Path } from './checks.ts';
import { expectedPath, istiodOf } from './checks.ts';
import { observations } from './observations.ts';
import type { Failure, Hop } from './report.ts';

/** What decides where a request to one cluster failed. */
export interface HopQuestion {
  readonly pair: Pair;
  readonly evidence: TargetEvidence;
  /** The server pod's address, where it is known. */
  readonly serverIp: string | undefined;
  /** The SPIFFE id that the server must have. */
  readonly serverId: string;
}

type Verdict = Pick<Failure, 'hop' | 'explanation' | 'remedy'>;
type Rule = (question: HopQuestion) => Verdict | undefined;

/** The first failing hop of requests that failed, from the client outwards. */
export function failingHop(question: HopQuestion): Failure {
  const verdict = rules.map((rule) => rule(question)).find((found) => found !== undefined) ?? unexplained(question);
  return { ...verdict, evidence: observations(question.evidence) };
}

/** Whether an endpoint is the server's own pod or stands for its network's gateway. */
export function pathOf(host: { readonly address: string; readonly port: number }, server: PathFacts): Path {
  if (server.serverIp !== undefined) return host.address === server.serverIp ? 'Direct' : 'Gateway';
  return host.port === server.serverPort ? 'Direct' : 'Gateway';
}

export interface PathFacts {
  readonly serverIp: string | undefined;
  readonly serverPort: number;
}

/** The verdict where endpoints belong to the wrong path: the clusters disagree about their networks. */
export function wrongNetwork(pair: Pair): Verdict {
  const { from, to } = pair;
  if (expectedPath(pair) === 'Gateway') {
    return {
      hop: 'Network',
      explanation: `${from.name} has the pod's own address instead of a gateway of network ${to.network}: ${istiodOf(from)} takes the pods of ${to.name} for its own network's, or knows no gateway there`,
      remedy: `compare the label topology.istio.io/network of namespace istio-system, of the gateway Service and of the pods in ${to.name} with ${to.network}; \`isthmus status\` shows the gateway's address`,
    };
  }
  return {
    hop: 'Network',
    explanation: `${from.name} goes through a gateway although both clusters are declared on network ${to.network}`,
    remedy: `the label topology.istio.io/network of namespace istio-system must be ${to.network} in both clusters; \`isthmus apply\` sets it`,
  };
}

const rules: readonly Rule[] = [dns, discovery, network, connect, trust, gateway, policy, server];

function dns({ pair, evidence }: HopQuestion): Verdict | undefined {
  if (evidence.lookup.error === undefined) return undefined;
  return {
    hop: 'Dns',
    explanation: `the service's name does not resolve in ${pair.from.name}`,
    remedy: `check that CoreDNS runs and answers pods in ${pair.from.name}; DNS is per cluster, so a service needs a Service object in the caller's cluster too`,
  };
}

function discovery({ pair, evidence }: HopQuestion): Verdict | undefined {
  const { from, to } = pair;
  if (evidence.proxy.state === 'Missing') {
    return {
      hop: 'Discovery',
      explanation: `istiod has not told the sidecar in ${from.name} of the service`,
      remedy: `look at ${istiodOf(from)}; with meshConfig.discoverySelectors the namespace needs a matching label, and a Sidecar resource must not hide its own namespace`,
    };
  }
  if (evidence.proxy.state !== 'Known') return undefined;
  const { hosts } = evidence.proxy;
  if (hosts.length === 0) {
    return {
      hop: 'Discovery',
      explanation: `${istiodOf(from)} knows no endpoint of ${to.name} that this sidecar may use`,
      remedy: `\`isthmus status\` shows whether ${from.istiodIn ?? from.name} reads ${to.name} (remote secret synced) and whether ${to.name} has a gateway address; \`isthmus apply\` renews both. Where both are there, ${istiodOf(from)} has lost its way to the API server of ${to.name} since: check the network between them`,
    };
  }
  if (hosts.some((host) => host.healthy) || !/no healthy upstream/.test(textOf(evidence))) return undefined;
  return {
    hop: 'Discovery',
    explanation: `every endpoint of ${to.name} that the sidecar in ${from.name} has is marked unhealthy or ejected`,
    remedy: 'look for outlier detection in DestinationRules of the root namespace, and at the endpoints below',
  };
}

function network(question: HopQuestion): Verdict | undefined {
  const hosts = hostsOf(question.evidence);
  const expected = expectedPath(question.pair);
  const facts = { serverIp: question.serverIp, serverPort: 8080 };
  const wrong = hosts.length > 0 && hosts.every((host) => pathOf(host, facts) !== expected);
  return wrong ? wrongNetwork(question.pair) : undefined;
}

/** Envoy's words for a TCP connection that did not come about, with Linux error numbers (ECONNREFUSED, EHOSTUNREACH …). */
const connectWords =
  /connection timeout|delayed connect error: (101|110|111|113)\b|Connection refused|No route to host|Network is unreachable|Connection timed out/i;

function connect({ pair, evidence }: HopQuestion): Verdict | undefined {
  const unreached = evidence.dials.filter((dial) => dial.tcp !== 'Connected');
  if (unreached.length === 0 && !connectWords.test(textOf(evidence))) return undefined;
  const { from, to } = pair;
  const port = (unreached[0] ?? hostsOf(evidence)[0])?.port;
  if (expectedPath(pair) === 'Gateway') {
    return {
      hop: 'Connect',
      explanation: `pods of ${from.name} cannot open a TCP connection to the east-west gateway of ${to.name}`,
      remedy: `the gateway's address must be reachable from the nodes of ${from.name} on port ${port ?? 15_443}: check firewalls, the load balancer and that the gateway's pods run in ${to.name}`,
    };
  }
  return {
    hop: 'Connect',
    explanation: `pods of ${from.name} cannot open a TCP connection to a pod of ${to.name}`,
    remedy: `clusters of one network must route pod addresses to each other; if ${from.name} and ${to.name} do not, give them different networks in the mesh file`,
  };
}

const trustWords =
  /CERTIFICATE_VERIFY_FAILED|UNKNOWN_CA|CERTIFICATE_UNKNOWN|BAD_CERTIFICATE|CERTIFICATE_EXPIRED|certificate has expired/i;

function trust({ pair, evidence, serverId }: HopQuestion): Verdict | undefined {
  const { from, to } = pair;
  const stranger = evidence.dials.find((dial) => dial.peer !== undefined && dial.peer !== serverId);
  if (stranger !== undefined) {
    return {
      hop: 'Trust',
      explanation: `${stranger.peer} answers where ${serverId} must, so the sidecar in ${from.name} refuses it`,
      remedy: `the trust domain must be the same in ${from.name} and ${to.name}, and nothing between them may end TLS`,
    };
  }
  if (!trustWords.test(textOf(evidence))) return undefined;
  return {
    hop: 'Trust',
    explanation: `${from.name} and ${to.name} do not accept each other's certificates: their roots differ, a chain is incomplete or a certificate has expired`,
    remedy:
      '`isthmus status` compares the roots; where istiod started before its `cacerts` Secret existed, restart istiod, then the workloads',
  };
}

function gateway({ pair, evidence }: HopQuestion): Verdict | undefined {
  if (expectedPath(pair) !== 'Gateway') return undefined;
  const shut = (dial: DialResult): boolean => dial.tls === 'Closed' || dial.tls === 'Timeout';
  if (evidence.dials.length === 0 || !evidence.dials.every(shut)) return undefined;
  const { to } = pair;
  return {
    hop: 'Gateway',
    explanation: `the east-west gateway of ${to.name} takes the connection and passes it to nobody: it has no TLS passthrough server for the service, or no healthy endpoint behind it`,
    remedy: `the Gateway object that exposes the services (port 15443, AUTO_PASSTHROUGH) must exist in ${to.name}; \`istioctl proxy-config listeners\` on the gateway pod shows whether it took it. A load balancer in between must not end TLS`,
  };
}

function policy({ pair, evidence }: HopQuestion): Verdict | undefined {
  if (evidence.lastFailure?.status !== 403) return undefined;
  return {
    hop: 'Policy',
    explanation: `an authorization policy in ${pair.to.name} denies the request`,
    remedy: `look at the AuthorizationPolicies of the root namespace in ${pair.to.name}; verify needs GET from its own namespace to be allowed`,
  };
}

function server({ pair, evidence }: HopQuestion): Verdict | undefined {
  const { lastFailure } = evidence;
  const handshake = evidence.dials.some((dial) => dial.tls === 'Handshake');
  if (lastFailure?.status === undefined && !handshake) return undefined;
  const { to } = pair;
  if (lastFailure?.status === undefined) {
    return {
      hop: 'Server',
      explanation: `the server's sidecar in ${to.name} answers the handshake, but no response arrives`,
      remedy: 'small packets pass and larger ones may not: compare the MTU of the path between the clusters',
    };
  }
  return {
    hop: 'Server',
    explanation: `requests reach no working server in ${to.name}: HTTP ${lastFailure.status}`,
    remedy: `look at the server pod's sidecar and at PeerAuthentication and DestinationRule objects that change TLS between ${pair.from.name} and ${to.name}`,
  };
}

function unexplained({ pair, evidence }: HopQuestion): Verdict {
  const hop: Hop = hostsOf(evidence).length === 0 ? 'ClientProxy' : 'Connect';
  return {
    hop,
    explanation: `no answer from ${pair.to.name} arrives in ${pair.from.name}, and nothing says why`,
    remedy: `run \`isthmus status\`, and \`istioctl proxy-status\` in ${pair.from.name}`,
  };
}

function hostsOf(evidence: TargetEvidence): readonly ProxyHost[] {
  return evidence.proxy.state === 'Known' ? evidence.proxy.hosts : [];
}

/** All text in which Envoy or the system may have said why. */
function textOf({ lastFailure, dials }: TargetEvidence): string {
  return [lastFailure?.body, lastFailure?.error, ...dials.map((dial) => dial.detail)].filter(Boolean).join('\n');
}
