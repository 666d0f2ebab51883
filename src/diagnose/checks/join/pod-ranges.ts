import type { Finding } from '../../../base/finding.ts';
import { overlaps } from '../../../base/ip-range.ts';
import { remedy, set } from '../../../base/remedy.ts';
import type { JoinFacts } from '../../facts/join.ts';
import { seen } from '../../facts/reading.ts';

/** Pods of one network reach each other by address, so no two may have the same one. */
export function checkPodRanges(joining: JoinFacts, members: readonly JoinFacts[]): readonly Finding[] {
  return members.filter(({ network }) => network === joining.network).flatMap((member) => compare(joining, member));
}

function compare(joining: JoinFacts, member: JoinFacts): readonly Finding[] {
  const { cluster, network, readAt } = joining;
  const base = { code: 'join-pod-ranges', category: 'Network', cluster } as const;
  const unread = [joining, member].find(({ nodesUnread }) => nodesUnread !== undefined);
  if (unread?.nodesUnread !== undefined) {
    const { message, remedy } = unread.nodesUnread;
    return [
      {
        ...base,
        severity: 'warning',
        confidence: 'Unknown',
        message: `it is unknown whether the pod ranges of ${cluster} and ${member.cluster} overlap on network ${network}: ${message}`,
        remedy: remedy ?? `have the Nodes of ${unread.cluster} allowed to be read, and look again`,
        evidence: seen(message, `${unread.cluster}: Nodes`, unread.readAt),
      },
    ];
  }
  const silent = [joining, member].find(({ podRanges }) => podRanges.length === 0);
  if (silent !== undefined) {
    return [
      {
        ...base,
        severity: 'warning',
        message: `the nodes of ${silent.cluster} state no pod ranges, so it is unknown whether those of ${cluster} and ${member.cluster} overlap on network ${network}`,
        remedy: 'compare the ranges in the settings of the network plug-in',
        evidence: seen('spec.podCIDRs is empty', `${silent.cluster}: Nodes`, silent.readAt),
      },
    ];
  }
  const pairs = joining.podRanges.flatMap((one) => member.podRanges.map((other) => [one, other] as const));
  const [overlap] = pairs.filter(([one, other]) => overlaps(one, other));
  if (overlap === undefined) return [];
  const [here, there] = overlap;
  return [
    {
      ...base,
      severity: 'error',
      message: `pods of ${cluster} (${here}) and of ${member.cluster} (${there}) share addresses on network ${network}`,
      remedy: remedy`where their pods do not reach each other directly, ${set('spec.network', { kind: 'MeshCluster', name: cluster })} to a network of its own; otherwise give its pods another range`,
      evidence: [
        ...seen(`pod range ${here}`, `${cluster}: Nodes`, readAt),
        ...seen(`pod range ${there}`, `${member.cluster}: Nodes`, member.readAt),
      ],
    },
  ];
}
