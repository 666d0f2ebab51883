import type { Finding } from '../../../base/finding.ts';
import { type Action, kubectl, type Remedy, remedy, run } from '../../../base/remedy.ts';
import type { ClusterFacts, RolloutFacts } from '../../facts/status.ts';

/** What is not done of a rollout, in the one way that is true; undefined where it is complete. */
export function rolloutFact(rollout: RolloutFacts): string | undefined {
  const { exists, complete, available, wanted, updated, stalled, scaledBy } = rollout;
  if (!exists) return 'it does not exist';
  if (wanted === 0) return `it is scaled to 0${scaledBy === undefined ? '' : ` (by ${scaledBy})`}`;
  if (complete) return undefined;
  if (stalled !== undefined) return `the rollout has stalled with ${updated} of ${wanted} updated: ${stalled}`;
  return isRolling(rollout) ? `rolling out: ${updated} of ${wanted} updated` : `${available} of ${wanted} available`;
}

/** Enough pods serve, and some of them are still of an older spec. */
function isRolling({ complete, available, wanted, stalled }: RolloutFacts): boolean {
  return !complete && stalled === undefined && wanted > 0 && available >= wanted;
}

export function severityOf(rollout: RolloutFacts): Finding['severity'] {
  return isRolling(rollout) ? 'warning' : 'error';
}

interface RolloutPlace {
  readonly context: string;
  readonly workload: string;
  readonly look: Remedy;
}

/** What someone else installed has names of its own, and no apply makes it. */
export function remedyOf(istio: ClusterFacts['istio'], rollout: RolloutFacts, place: RolloutPlace): Remedy {
  if (istio !== 'Installed') return rolloutRemedy(rollout, place);
  if (!rollout.exists)
    return 'install it there, as that Istio was installed: an adopted Istio is left to whoever installed it';
  return rollout.wanted === 0 ? 'scale its Deployment up again' : 'see what its pods wait for';
}

function rolloutRemedy(rollout: RolloutFacts, { context, workload, look }: RolloutPlace): Remedy {
  if (!rollout.exists) return remedy`make it with ${run('apply')}`;
  if (rollout.wanted === 0) {
    return remedy`scale it up again: ${scaled(context, workload, 1)}`;
  }
  return isRolling(rollout) ? 'wait until the rollout has ended' : look;
}

/** What of the remedy can be carried out: what someone else installed is left to them. */
export function fixOf(
  istio: ClusterFacts['istio'],
  { exists, wanted }: RolloutFacts,
  { context, workload }: RolloutPlace,
): Pick<Finding, 'fix' | 'undo'> {
  if (istio === 'Installed') return {};
  if (!exists) return { fix: [run('apply')] };
  if (wanted > 0) return {};
  return { fix: [scaled(context, workload, 1)], undo: [scaled(context, workload, 0)] };
}

function scaled(context: string, workload: string, replicas: number): Action {
  return kubectl('--context', context, '-n', 'istio-system', 'scale', workload, `--replicas=${replicas}`);
}

export function lookAt(context: string, selector: string): Remedy {
  const pods = kubectl('--context', context, '-n', 'istio-system', 'get', 'pods', '-l', selector);
  return remedy`see what its pods wait for: ${pods}`;
}
