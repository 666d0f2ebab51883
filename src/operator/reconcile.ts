import type { MeshSession } from '../engine/mesh-session.ts';
import type { Absences } from '../engine/options.ts';
import {
  appliedOutcome,
  asDeclared,
  changesOf,
  failed,
  failedBy,
  heldBack,
  type Outcome,
  paused,
  restoredFields,
} from './outcome.ts';

export interface Reconciling extends Absences {
  readonly session: Pick<MeshSession, 'plan' | 'apply'>;
  readonly cluster: string;
  /** Nothing is written. */
  readonly isPaused: boolean;
  /** Throws where this process may not write any longer. */
  readonly fence: () => void;
  readonly now: () => number;
  /** For the plan and for each wait of the apply, in milliseconds. */
  readonly timeoutMs: number;
  readonly istioctl?: readonly string[] | undefined;
  readonly helm?: string | undefined;
}

/** Brings one cluster to what the mesh declares: a plan, and an apply where it has changes. */
export async function reconcile(given: Reconciling): Promise<Outcome> {
  const { session, cluster, isPaused, fence, now, timeoutMs, istioctl, helm, without, drained } = given;
  const options = { clusters: [cluster], homeDocuments: 'Leave', timeoutMs, istioctl, helm, without, drained } as const;
  try {
    const planned = changesOf(await session.plan({ ...options, traffic: 'Leave' }), cluster);
    if (planned.state === 'Failed') return failed(now(), planned.error);
    const { changes, deletions, guard } = planned;
    if (isPaused) return paused(now(), changes);
    if (guard.verdict !== 'Allowed') return heldBack(now(), guard, deletions);
    if (changes.length === 0) return asDeclared(now(), { writes: 0, restored: [] });
    fence();
    const report = await session.apply(options);
    return appliedOutcome(now(), report, restoredFields(changes), cluster);
  } catch (thrown) {
    return failedBy(now(), thrown);
  }
}
