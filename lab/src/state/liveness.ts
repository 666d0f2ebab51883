import { isAlive, type ProcReader } from '../process/proc.ts';
import type { LabState } from './schema.ts';

/**
 * - `starting`: a living process is bringing it up; `up`: some of what it started runs
 * - `stale`: nothing of it can still work: the machine was booted since, whoever was starting or stopping it died,
 *   or none of its processes is left
 */
export type Liveness = 'starting' | 'up' | 'stale';

/** What a recorded lab is worth now. */
export function liveness(state: LabState, proc: ProcReader): Liveness {
  if (state.bootId !== proc.bootId()) return 'stale';
  if (state.phase === 'starting') return isAlive(state.owner, proc) ? 'starting' : 'stale';
  if (state.phase === 'stopping') return 'stale';
  const processes = state.clusters.flatMap((cluster) => Object.values(cluster.parts));
  return processes.some((id) => isAlive(id, proc)) ? 'up' : 'stale';
}
