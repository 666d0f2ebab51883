import type { ClusterName } from '../api/name.ts';
import { preflight } from '../apply/refuse/preflight.ts';
import type { Clock } from '../base/clock.ts';
import type { IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import type { Fleet, OpenMember } from '../fleet/fleet.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { ReachTarget } from '../probe/reach.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { istiodHost } from '../topology/topology.ts';
import { checkCluster } from './check-cluster.ts';
import { checkPodRanges } from './check-pod-ranges.ts';
import { checkServices } from './check-services.ts';
import { reachFrom } from './reach.ts';
import { readFacts } from './read-facts.ts';

export interface JoinOptions {
  /** Declares the joining cluster already. */
  readonly mesh: ResolvedMesh;
  readonly cluster: ClusterName;
  readonly fleet: Fleet;
  /** The image that runs `isthmus probe`. */
  readonly image: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long a throw-away pod may take, in milliseconds. */
  readonly podPatienceMs: number;
}

export interface JoinReport {
  readonly mesh: string;
  readonly cluster: ClusterName;
  /** The members that it was compared with. */
  readonly members: readonly string[];
  readonly findings: readonly Finding[];
  /** What stands against any apply: rights, credentials, contexts. */
  readonly standing: readonly IsthmusError[];
}

/** Looks at everything that stands against a cluster's joining, and says all of it at once. Only throw-away pods are made. */
export async function checkJoin(options: JoinOptions): Promise<JoinReport> {
  const { mesh, cluster, fleet, signal } = options;
  const standing = await preflight(fleet, {
    home: mesh.home,
    topology: mesh.topology,
    chosen: mesh.names,
    purpose: 'Apply',
    signal,
  });
  const joining = fleet.members.find(({ name }) => name === cluster);
  const missing = joining?.state === 'Failed' && !standing.includes(joining.error) ? [joining.error] : [];
  const members = fleet.open.filter(({ name }) => name !== cluster);
  const report = {
    mesh: mesh.name,
    cluster,
    members: members.map(({ name }) => name),
    standing: [...standing, ...missing],
  };
  if (joining?.state !== 'Open') return { ...report, findings: [] };
  const [compared, reach] = await Promise.all([compare(joining, members, options), checkReach(options)]);
  return { ...report, findings: [...silentMembers(options), ...compared, ...reach] };
}

async function compare(
  joining: OpenMember,
  members: readonly OpenMember[],
  { mesh, signal }: JoinOptions,
): Promise<readonly Finding[]> {
  const { declared } = mesh;
  const clusterOf = (name: string): DeclaredMesh['clusters'][number] | undefined =>
    declared.clusters.find(({ metadata }) => metadata.name === name);
  const [facts, ...others] = await Promise.all(
    [joining, ...members].map(async ({ name, client, health }) => {
      const network = clusterOf(name)?.spec.network ?? '';
      return await readFacts(client, { mesh: mesh.name, network, kubernetes: health.version, signal });
    }),
  );
  if (facts === undefined) return [];
  const { version, renderer: ofMesh } = declared.mesh.spec.istio;
  const { peerServer, istio } = clusterOf(joining.name)?.spec ?? {};
  const server = peerServer ?? joining.client.server;
  const renderer = istio?.renderer ?? ofMesh;
  return [
    ...checkCluster({ facts, server, istio: version, renderer }, others),
    ...checkPodRanges(facts, others),
    ...checkServices(facts, others, declared.services),
  ];
}

/** From each istiod's cluster to every API server that it will read on account of the joining cluster, both ways. */
async function checkReach(options: JoinOptions): Promise<readonly Finding[]> {
  const { mesh, cluster, fleet, image, runId, clock, signal, podPatienceMs } = options;
  const wanted = new Map<string, Map<string, ReachTarget>>();
  for (const reader of mesh.topology.clusters) {
    const from = istiodHost(reader);
    for (const peer of reader.peers) {
      if ((reader.name !== cluster && peer !== cluster) || peer === from) continue;
      const target = targetOf(peer, options);
      if (target === undefined) continue;
      const targets = wanted.get(from) ?? new Map<string, ReachTarget>();
      wanted.set(from, targets.set(peer, target));
    }
  }
  const settings = { mesh: mesh.name, joining: cluster, image, runId, clock, signal, patienceMs: podPatienceMs };
  const results = await Promise.all(
    [...wanted].map(async ([from, targets]) => {
      const member = fleet.open.find(({ name }) => name === from);
      return member === undefined ? [] : await reachFrom(member.client, [...targets.values()], settings);
    }),
  );
  return results.flat();
}

function targetOf(peer: ClusterName, { mesh, fleet }: JoinOptions): ReachTarget | undefined {
  const member = fleet.open.find(({ name }) => name === peer);
  if (member === undefined) return undefined;
  const { peerServer } = mesh.declared.clusters.find(({ metadata }) => metadata.name === peer)?.spec ?? {};
  const { server, certificateAuthority } = member.client;
  const authority = certificateAuthority === undefined ? {} : { certificateAuthority };
  return { cluster: peer, server: peerServer ?? server, ...authority };
}

function silentMembers({ cluster, fleet }: JoinOptions): readonly Finding[] {
  return fleet.members
    .filter((member) => member.state === 'Failed')
    .map(({ name }) => ({
      code: 'join-unreachable',
      severity: 'warning',
      cluster,
      message: `${name} does not answer, so nothing could be compared with it`,
      remedy: `run isthmus join ${cluster} --check again when it does`,
    }));
}
