import type { ClusterName } from '../api/name.ts';
import { type Clock, timeOf } from '../base/clock.ts';
import type { IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { accessFinding } from '../diagnose/checks/access.ts';
import { checkCluster } from '../diagnose/checks/join/cluster.ts';
import { checkPodRanges } from '../diagnose/checks/join/pod-ranges.ts';
import { silentMember } from '../diagnose/checks/join/reach.ts';
import { checkServices } from '../diagnose/checks/join/services.ts';
import type { Fleet, OpenMember } from '../fleet/fleet.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { ReachTarget } from '../probe/reach.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { istiodHost } from '../topology/topology.ts';
import { peerTarget } from './peer-target.ts';
import { reachFrom } from './reach.ts';
import { readFacts } from './read-facts.ts';

export interface JoinOptions {
  /** Declares the joining cluster already. */
  readonly mesh: ResolvedMesh;
  readonly cluster: ClusterName;
  readonly fleet: Fleet;
  /** What keeps any apply from beginning (rights, contexts), as it was found before. */
  readonly obstacles: { readonly findings: readonly Finding[]; readonly error: IsthmusError | undefined };
  /** `Nothing`: a cluster is another mesh's, and no pod is made in any. */
  readonly touches: 'Nothing' | 'Pods';
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
  /** Everything that keeps the cluster from joining, what keeps any apply from beginning (rights, contexts) first. */
  readonly findings: readonly Finding[];
  /** What ends any apply, or the error of a joining cluster that does not answer; none where the clusters were compared. */
  readonly error: IsthmusError | undefined;
}

/** Looks at everything that keeps a cluster from joining, and reports all of it at once. Only throw-away pods are made. */
export async function checkJoin(options: JoinOptions): Promise<JoinReport> {
  const { mesh, cluster, fleet, clock, obstacles, touches } = options;
  const { findings, error } = obstacles;
  const joining = fleet.members.find(({ name }) => name === cluster);
  const members = fleet.open.filter(({ name }) => name !== cluster);
  const report = { mesh: mesh.name, cluster, members: members.map(({ name }) => name) };
  if (joining?.state !== 'Open') {
    const absent = joining === undefined ? undefined : joining.error;
    // Preflight reports it already where its error is more than an absence, or it is the home.
    const isReported = absent === undefined || findings.some((one) => one.cluster === cluster);
    const more = isReported ? [] : [accessFinding(cluster, absent, timeOf(clock))];
    return { ...report, findings: [...findings, ...more], error: error ?? absent };
  }
  const [compared, reach] = await Promise.all([
    compare(joining, members, options),
    touches === 'Pods' ? checkReach(options) : [],
  ]);
  return { ...report, findings: [...findings, ...silentMembers(options), ...compared, ...reach], error };
}

async function compare(
  joining: OpenMember,
  members: readonly OpenMember[],
  { mesh, clock, signal }: JoinOptions,
): Promise<readonly Finding[]> {
  const readAt = timeOf(clock);
  const { declared } = mesh;
  const clusterOf = (name: string): DeclaredMesh['clusters'][number] | undefined =>
    declared.clusters.find(({ metadata }) => metadata.name === name);
  const [facts, ...others] = await Promise.all(
    [joining, ...members].map(async ({ name, client, health }) => {
      const network = clusterOf(name)?.spec.network ?? '';
      return await readFacts(client, { readAt, mesh: mesh.name, network, kubernetes: health.version, signal });
    }),
  );
  if (facts === undefined) return [];
  const { renderer: ofMesh, version: ofAll } = declared.mesh.spec.istio;
  const version = mesh.topology.clusters.find(({ name }) => name === joining.name)?.version ?? ofAll;
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
      const target = await targetOf(peer, options);
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

async function targetOf(peer: ClusterName, { mesh, fleet, signal }: JoinOptions): Promise<ReachTarget | undefined> {
  const member = fleet.open.find(({ name }) => name === peer);
  const declared = mesh.declared.clusters.find(({ metadata }) => metadata.name === peer)?.spec;
  return member === undefined || declared === undefined ? undefined : await peerTarget(member.client, declared, signal);
}

/** Members that are merely not there: what else is wrong with one keeps any apply from beginning, and is among the obstacles. */
function silentMembers({ cluster, fleet, clock, obstacles }: JoinOptions): readonly Finding[] {
  return fleet.members.flatMap((member) =>
    member.state === 'Failed' && !obstacles.findings.some((one) => one.cluster === member.name)
      ? [silentMember(cluster, member, timeOf(clock))]
      : [],
  );
}
