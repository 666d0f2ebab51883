import { remedy, run } from '../../../base/remedy.ts';
import type { Verdict } from '../../facts/hop.ts';
import { expectedPath, istiodOf, type Pair, type Path } from '../../facts/pair.ts';
import { type HopQuestion, hostsOf, textOf } from '../../facts/request.ts';

/** The hops up to the caller's own configuration: name, endpoints, and whether they are those of the right network. */
export const nearHops = [dns, discovery, network] as const;

function dns({ pair, evidence }: HopQuestion): Verdict | undefined {
  if (evidence.lookup.error === undefined) return undefined;
  return {
    hop: 'Dns',
    cluster: pair.from.name,
    message: `the service's name does not resolve in ${pair.from.name}`,
    remedy: `check that CoreDNS runs and answers pods in ${pair.from.name}; DNS is per cluster, so a service needs a Service object in the caller's cluster too`,
  };
}

function discovery({ pair, evidence }: HopQuestion): Verdict | undefined {
  const { from, to } = pair;
  if (evidence.proxy.state === 'Missing') {
    return {
      hop: 'Discovery',
      cluster: from.name,
      message: `istiod has not told the sidecar in ${from.name} of the service`,
      remedy: `look at ${istiodOf(from)}; with meshConfig.discoverySelectors the namespace needs a matching label, and a Sidecar resource must not hide its own namespace`,
    };
  }
  if (evidence.proxy.state !== 'Known') return undefined;
  const { hosts } = evidence.proxy;
  if (hosts.length === 0) {
    return {
      hop: 'Discovery',
      cluster: from.name,
      message: `${istiodOf(from)} knows no endpoint of ${to.name} that this sidecar may use`,
      remedy: remedy`see with ${run('status')} whether ${from.istiodIn ?? from.name} reads ${to.name} (remote secret synced) and whether ${to.name} has a gateway address, and what mends it. Where both are there, ${istiodOf(from)} has lost its way to the API server of ${to.name} since: check the network between them`,
    };
  }
  if (hosts.some((host) => host.healthy) || !/no healthy upstream/.test(textOf(evidence))) return undefined;
  return {
    hop: 'Discovery',
    cluster: from.name,
    message: `every endpoint of ${to.name} that the sidecar in ${from.name} has is marked unhealthy or ejected`,
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

/** The verdict where endpoints belong to the wrong path: the clusters disagree about their networks. */
export function wrongNetwork(pair: Pair): Verdict {
  const { from, to } = pair;
  if (expectedPath(pair) === 'Gateway') {
    return {
      hop: 'Network',
      cluster: to.name,
      message: `${from.name} has the pod's own address instead of a gateway of network ${to.network}: ${istiodOf(from)} takes the pods of ${to.name} for its own network's, or knows no gateway there`,
      remedy: remedy`compare the label topology.istio.io/network of namespace istio-system, of the gateway Service and of the pods in ${to.name} with ${to.network}; ${run('status')} shows the gateway's address`,
    };
  }
  return {
    hop: 'Network',
    cluster: to.name,
    message: `${from.name} goes through a gateway although both clusters are declared on network ${to.network}`,
    remedy: remedy`set the label topology.istio.io/network of namespace istio-system to ${to.network} in both clusters: ${run('apply')} does so`,
  };
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
