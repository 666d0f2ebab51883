import type { MeshService } from '../../../api/mesh-service.ts';
import type { Finding } from '../../../base/finding.ts';
import type { JoinFacts } from '../../facts/join.ts';
import { checkPodRanges } from './pod-ranges.ts';
import { checkServices } from './services.ts';

/** What every two clusters of a mesh would meet if one of them joined the other now; ranges that nobody states are left out. */
export function checkPairs(members: readonly JoinFacts[], declared: readonly MeshService[]): readonly Finding[] {
  return members.flatMap((one, index) => {
    const others = members.slice(0, index);
    const ranges = checkPodRanges(one, others).filter(
      ({ severity, confidence }) => severity === 'error' || confidence === 'Unknown',
    );
    return [...ranges, ...checkServices(one, others, declared)];
  });
}
