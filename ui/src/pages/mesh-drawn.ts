import { verdictOf } from '../../../src/base/finding.ts';
import type { ClusterStatus, ReachableStatus } from '../../../src/report/status.ts';
import { clusterWords } from './mesh-clusters.tsx';
import type { Member } from './mesh-layout.ts';
import { foldedOf } from './mesh-networks.tsx';
import type { DrawnCluster } from './mesh-svg.ts';
import type { Unit } from './mesh-units.ts';

/** What a picture of the mesh has on its cards, on the page and in a file. */

export function membersOf(units: readonly Unit[]): readonly Member[] {
  return units.map(({ id, network }) => ({ cluster: id, network }));
}

export function drawnOf(clusters: readonly ClusterStatus[], units: readonly Unit[]): ReadonlyMap<string, DrawnCluster> {
  const byName = new Map(clusters.map((status) => [status.cluster, status]));
  return new Map(
    units.flatMap((unit): readonly (readonly [string, DrawnCluster])[] => {
      if (unit.isFolded) {
        const { verdict, text } = foldedOf(unit, byName);
        return [[unit.id, { verdict, lines: [text] }]];
      }
      const status = byName.get(unit.id);
      if (status === undefined) return [];
      const verdict = verdictOf(status.findings);
      return [[unit.id, { verdict, lines: [clusterWords[verdict], ...(status.reachable ? [partsText(status)] : [])] }]];
    }),
  );
}

export function partsText({ istiod, gateway }: ReachableStatus): string {
  const text = gateway === undefined ? 'none' : `${gateway?.available ?? '?'}/${gateway?.wanted ?? '?'}`;
  return `istiod ${istiod?.version ?? '?'} · gateway ${text}`;
}
