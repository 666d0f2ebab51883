import type { MeshSession } from '../engine/mesh-session.ts';
import type { Absences, ServiceName } from '../engine/options.ts';
import {
  appliedOutcome,
  asDeclared,
  butForPaused,
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
  readonly pausedServices: readonly ServiceName[];
  /** The clusters that are as declared; the others may still use what this one holds for them. */
  readonly settled: readonly string[];
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
  return butForPaused(await broughtTo(given), given.pausedServices);
}

async function broughtTo(given: Reconciling): Promise<Outcome> {
  const { session, cluster, isPaused, pausedServices, settled, fence, now, timeoutMs } = given;
  const { istioctl, helm, without, drained } = given;
  const scope = { clusters: [cluster], homeDocuments: 'Leave', without, drained, pausedServices, settled } as const;
  const options = { ...scope, timeoutMs, istioctl, helm };
  try {
    const planned = changesOf(await session.plan({ ...options, traffic: 'Leave' }), cluster);
    if (planned.state === 'Failed') return failed(now(), planned.error);
    const { changes, deletions, guard, keeps } = planned;
    if (isPaused) return paused(now(), changes);
    if (guard.verdict !== 'Allowed') return heldBack(now(), guard, deletions);
    if (changes.length === 0) return { ...asDeclared(now(), { writes: 0, restored: [] }), keeps };
    fence();
    const report = await session.apply(options);
    return { ...appliedOutcome(now(), report, restoredFields(changes), cluster), keeps };
  } catch (thrown) {
    return failedBy(now(), thrown);
  }
}
