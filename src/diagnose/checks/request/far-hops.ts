import { remedy, run } from '../../../base/remedy.ts';
import type { Verdict } from '../../facts/hop.ts';
import { expectedPath } from '../../facts/pair.ts';
import { type DialResult, type HopQuestion, hostsOf, textOf } from '../../facts/request.ts';

/** The hops from the caller's sidecar to the server, in the order that a request passes them. */
export const farHops = [connect, trust, gateway, policy, server] as const;

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
      cluster: to.name,
      message: `pods of ${from.name} cannot open a TCP connection to the east-west gateway of ${to.name}`,
      remedy: `make the gateway's address reachable from the nodes of ${from.name} on port ${port ?? 15_443}: check firewalls, the load balancer and that the gateway's pods run in ${to.name}`,
    };
  }
  return {
    hop: 'Connect',
    cluster: to.name,
    message: `pods of ${from.name} cannot open a TCP connection to a pod of ${to.name}`,
    remedy: `route pod addresses between ${from.name} and ${to.name}, or give them different networks in the mesh file`,
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
      cluster: to.name,
      message: `${stranger.peer} answers where ${serverId} must, so the sidecar in ${from.name} refuses it`,
      remedy: `give ${from.name} and ${to.name} the same trust domain, and let nothing between them end TLS`,
    };
  }
  if (!trustWords.test(textOf(evidence))) return undefined;
  return {
    hop: 'Trust',
    cluster: to.name,
    message: `${from.name} and ${to.name} do not accept each other's certificates: their roots differ, a chain is incomplete or a certificate has expired`,
    remedy: remedy`compare the roots with ${run('trust')}; where istiod started before its Secret cacerts existed, restart istiod, then the workloads`,
  };
}

function gateway({ pair, evidence }: HopQuestion): Verdict | undefined {
  if (expectedPath(pair) !== 'Gateway') return undefined;
  const shut = (dial: DialResult): boolean => dial.tls === 'Closed' || dial.tls === 'Timeout';
  if (evidence.dials.length === 0 || !evidence.dials.every(shut)) return undefined;
  const { to } = pair;
  return {
    hop: 'Gateway',
    cluster: to.name,
    message: `the east-west gateway of ${to.name} takes the connection and passes it on to no pod: it has no TLS passthrough server for the service, or no healthy endpoint behind it`,
    confidence: 'Inferred',
    remedy: `see that the Gateway object which exposes the services (port 15443, AUTO_PASSTHROUGH) exists in ${to.name}, that the gateway's Envoy has a listener for it, that its pods are labelled topology.istio.io/network=${to.network} (in another network they send the request to themselves), and that no load balancer in between ends TLS`,
  };
}

function policy({ pair, evidence }: HopQuestion): Verdict | undefined {
  if (evidence.lastFailure?.status !== 403) return undefined;
  return {
    hop: 'Policy',
    cluster: pair.to.name,
    message: `an authorization policy in ${pair.to.name} denies the request`,
    remedy: `allow GET from the probes' own namespace in the AuthorizationPolicies of the root namespace of ${pair.to.name}`,
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
      cluster: to.name,
      message: `the server's sidecar in ${to.name} answers the handshake, but no response arrives`,
      confidence: 'Inferred',
      remedy: 'compare the MTU along the path between the clusters: small packets pass and larger ones may not',
    };
  }
  return {
    hop: 'Server',
    cluster: to.name,
    message: `requests reach no working server in ${to.name}: HTTP ${lastFailure.status}`,
    remedy: `look at the server pod's sidecar and at PeerAuthentication and DestinationRule objects that change TLS between ${pair.from.name} and ${to.name}`,
  };
}
