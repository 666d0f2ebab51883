import { type Lock, type LockOptions, openLock } from '../fleet/lock.ts';
import type { ClusterPorts } from '../fleet/ports.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import type { RemovalReporter } from './events.ts';
import { hasWork } from './remove-cluster.ts';
import type { RemovalPlan } from './report.ts';

/** The mesh's lock, as far as there is one to take. */
export interface Guard extends AsyncDisposable {
  readonly hold: () => Promise<void>;
  /** The lock itself is about to be removed: it is given up, and not taken again. */
  readonly release: () => Promise<void>;
  readonly signal: AbortSignal;
}

interface GuardPorts extends ClusterPorts {
  readonly openLock?: ((options: LockOptions) => Lock) | undefined;
}

/** Without a home cluster that holds anything there is no lock: its namespace is not made for the sake of being removed. */
export function openGuard(
  { clusters }: RemovalPlan,
  { name, home: cluster }: ResolvedMesh,
  { clients, holder, clock, signal, openLock: open = openLock }: GuardPorts,
  report: RemovalReporter,
): Guard {
  const client = clients.get(cluster);
  const read = clusters.find((part) => part.cluster === cluster);
  const isEmpty = read?.state === 'Read' && !hasWork(read.examined.verdict);
  const notice = (message: string): void => report({ type: 'Notice', cluster, details: { message } });
  let lock: Lock | undefined;
  if (client === undefined) {
    notice('the home cluster does not answer, so nothing keeps others from applying at the same time');
  } else if (!isEmpty) {
    lock = open({ client, mesh: name, holder, clock, signal, onHeld: notice });
  }
  const lockSignal = lock?.signal ?? signal;
  const release = async (): Promise<void> => {
    const held = lock;
    lock = undefined;
    await held?.[Symbol.asyncDispose]();
  };
  return {
    signal: lockSignal,
    hold: async () => {
      // What was written before us is read again by every pass.
      await lock?.hold(undefined);
    },
    release,
    [Symbol.asyncDispose]: release,
  };
}
