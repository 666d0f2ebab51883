import { parseGatewayAddress } from '../../istio/gateway-address.ts';
import { istiodPorts } from '../../istio/names.ts';
import type { Requirement } from '../../report/doctor.ts';
import type { ReachableStatus, StatusReport } from '../../report/status.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import { type ClusterTopology, istiodHost } from '../../topology/topology.ts';

/**
 * What each cluster has to reach in each other: istiods the API servers that they read, proxies the gateways of other
 * networks or the pods of their own, and clusters without an istiod that of their primary.
 */
export function requirementsOf({ topology: { clusters } }: ResolvedMesh, status: StatusReport): readonly Requirement[] {
  const facts = new Map(status.clusters.flatMap((one) => (one.reachable ? [[one.cluster, one] as const] : [])));
  const all = clusters.flatMap((one) => [
    ...toApiServers(one, clusters, facts),
    ...toWorkloads(one, clusters, facts),
    ...toIstiod(one, facts),
  ]);
  return [...new Map(all.map((one) => [`${one.from} ${one.to} ${one.what}`, one])).values()];
}

type Facts = ReadonlyMap<string, ReachableStatus>;

/** The istiod of a cluster reads it and its peers, from where it runs. */
function toApiServers(one: ClusterTopology, all: readonly ClusterTopology[], facts: Facts): readonly Requirement[] {
  if (one.controlPlane.kind === 'RemoteOf') return [];
  const host = istiodHost(one);
  return all
    .filter(({ name }) => name !== host && (name === one.name || one.peers.includes(name)))
    .map(({ name, cluster }) => {
      const server = cluster.spec.peerServer ?? facts.get(name)?.server;
      const answers = facts.get(one.name)?.peers.find(({ peer }) => peer === name)?.answers ?? 'Unknown';
      return { from: host, to: name, what: 'ApiServer', ...placeOf(server), answers };
    });
}

function placeOf(server: string | undefined): Pick<Requirement, 'address' | 'ports'> {
  const url = server === undefined ? null : URL.parse(server);
  if (url === null) return { ports: [] };
  return { address: url.hostname, ports: [Number(url.port === '' ? 443 : url.port)] };
}

/** Requests go to the gateway of another network, and to the pods themselves on one's own. */
function toWorkloads(one: ClusterTopology, all: readonly ClusterTopology[], facts: Facts): readonly Requirement[] {
  return all
    .filter(({ name }) => name !== one.name)
    .map(({ name, network }): Requirement => {
      const ends = { from: one.name, to: name, answers: 'Unknown' } as const;
      if (network === one.network) return { ...ends, what: 'Pods', ports: [] };
      const { host, port } = parseGatewayAddress(facts.get(name)?.gateway?.address ?? '');
      return { ...ends, what: 'Gateway', ...(host === '' ? {} : { address: host }), ports: [port] };
    });
}

/** Proxies and the API server of a cluster without an istiod of its own ask the one that serves it, through a gateway. */
function toIstiod(one: ClusterTopology, facts: Facts): readonly Requirement[] {
  const to = istiodHost(one);
  if (to === one.name) return [];
  const { host } = parseGatewayAddress(facts.get(to)?.gateway?.address ?? '');
  const ports = [istiodPorts.discovery, istiodPorts.webhook];
  return [{ from: one.name, to, what: 'Istiod', ...(host === '' ? {} : { address: host }), ports, answers: 'Unknown' }];
}
