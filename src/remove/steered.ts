import type { MeshService } from '../api/mesh-service.ts';
import type { StoredShift } from '../api/mesh-shift.ts';
import type { ClusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { remedy, set } from '../base/remedy.ts';
import { isLiving } from '../mesh/shifted.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';

/**
 * Throws where a MeshService names the cluster, or a network that no other cluster is on: the mesh without it would send
 * requests where nobody answers, and its documents would not be right.
 */
export function refuseNamed({ declared, topology }: ResolvedMesh, cluster: ClusterName): void {
  const own = topology.clusters.find(({ name }) => name === cluster)?.network;
  const isShared = topology.clusters.some(({ name, network }) => name !== cluster && network === own);
  const place: Place = { cluster, ...(own === undefined || isShared ? {} : { network: own }) };
  for (const service of declared.services) {
    const found = mentionIn(service, place);
    if (found === undefined) continue;
    const { name, namespace } = service.metadata;
    const of = { kind: 'MeshService', name } as const;
    throw new IsthmusError('leave-refused', `MeshService ${namespace}/${name} ${found.says}; nothing was changed`, {
      cluster,
      remedy: remedy`when its requests go elsewhere, ${set(`spec.${found.key}`, of)} without ${found.named}`,
    });
  }
}

interface Place {
  readonly cluster: string;
  /** Its network, where no other cluster is on it. */
  readonly network?: string;
}

interface Mention {
  readonly key: 'active' | 'failover' | 'split';
  readonly named: string;
  /** What the MeshService does with it: the rest of a sentence. */
  readonly says: string;
}

function mentionIn({ spec }: MeshService, { cluster, network }: Place): Mention | undefined {
  const { split = {}, splitBy = 'Cluster', failover = [], active } = spec;
  const named = { Cluster: cluster, Network: network, Version: undefined }[splitBy];
  const share = named === undefined ? undefined : split[named];
  if (named !== undefined && share !== undefined) {
    return { key: 'split', named, says: share > 0 ? `sends ${share} % of its requests to ${named}` : `names ${named}` };
  }
  if (active === cluster) return { key: 'active', named: cluster, says: `sends all of its requests to ${cluster}` };
  const isNext = failover.some(({ to }) => to === cluster);
  return isNext ? { key: 'failover', named: cluster, says: `fails over to ${cluster}` } : undefined;
}

/** Of which mesh, and the time of its API server. */
export interface Moment {
  readonly mesh: string;
  /** In milliseconds since the epoch. */
  readonly now: number;
}

/** Throws while a shift of the mesh lives: what puts its old weights back would send requests to the cluster again. */
export function refuseShifted(shifts: readonly StoredShift[], { mesh, now }: Moment): void {
  const shift = shifts.find((one) => one.spec.mesh === mesh && isLiving(one, now));
  if (shift === undefined) return;
  const { name, namespace } = shift.spec.service;
  throw new IsthmusError('leave-refused', `a shift of ${name}.${namespace} is under way; nothing was changed`, {
    remedy: 'promote it, so that its weights stay, or abort it',
  });
}
