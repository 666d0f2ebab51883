import { shortName } from '../base/short-name.ts';
import type { Member, Pair } from '../diagnose/facts/pair.ts';
import { type ProbeTarget, servicePort } from '../probe/protocol.ts';

/** The service with endpoints in every cluster. */
export const sharedService = 'all';

/** The service with endpoints in one cluster only. */
export function onlyService(cluster: string): string {
  return shortName(`only-${cluster}`);
}

/** Every ordered pair of clusters; the cluster with itself where the mesh has no other. */
export function pairsOf(members: readonly Member[]): Pair[] {
  if (members.length === 1) return members.map((member) => ({ from: member, to: member }));
  return members.flatMap((from) => members.filter((to) => to.name !== from.name).map((to) => ({ from, to })));
}

/**
 * The clusters whose share a caller can judge apart: each one of its own network, and every other network as a whole,
 * because an east-west gateway passes connections on, not requests, and the sidecar keeps its connections.
 */
export function shareGroups(from: Member, members: readonly Member[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const { name, network } of members) {
    const key = network === from.network ? `cluster ${name}` : `network ${network}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
}

/** Forty requests for each cluster: an even split then stays above a quarter of its share but for one run in millions. */
export function sharedRequests(clusters: number): number {
  return Math.max(100, 40 * clusters);
}

/** The services that the client of one cluster calls. */
export function targetsOf(from: Member, members: readonly Member[], requests: number): ProbeTarget[] {
  const pairs = pairsOf(members).filter((pair) => pair.from.name === from.name);
  const single = pairs.map(({ to }) => ({
    service: onlyService(to.name),
    port: servicePort,
    requests,
    groups: [[to.name]],
  }));
  if (members.length === 1) return single;
  const shared = {
    service: sharedService,
    port: servicePort,
    requests: sharedRequests(members.length),
    groups: shareGroups(from, members),
  };
  return [...single, shared];
}
