import type { ProbedFacts } from '../facts/mesh.ts';
import type { Suspect } from './suspect.ts';

/** Why real requests fail: one finding for each hop in front of a cluster, whoever calls. */
export function probedSuspects(probed: readonly ProbedFacts[]): readonly Suspect[] {
  const failed = probed.filter(({ finding }) => finding !== undefined);
  return [...Map.groupBy(failed, ({ to, finding }) => `${finding?.code} ${to}`).values()].flatMap((same) => {
    const finding = same[0]?.finding;
    if (finding === undefined) return [];
    const more = same.length > 1 ? ` (and ${same.length - 1} more like it)` : '';
    return [
      {
        finding: { ...finding, message: `${finding.message}${more}` },
        callers: new Set(same.map(({ from }) => from)),
        servers: new Set(same.map(({ to }) => to)),
        hosts: new Set<string>(),
        flows: new Set<string>(),
      },
    ];
  });
}
