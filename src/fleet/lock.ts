import type { Clock } from '../base/clock.ts';
import { endedBy, IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { acquireLease, type HeldLease, leaseState } from '../kube/lease.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';

export interface LockOptions {
  /** The home cluster's. */
  readonly client: KubeClient;
  readonly mesh: string;
  /** What of the mesh is locked: the mesh's own lock where it is left out, else the Lease of this name. */
  readonly lease?: string;
  readonly holder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once where the lock is held by another run and may expire soon. */
  readonly onHeld: (message: string) => void;
}

/** Keeps two writers of one mesh apart. It is taken at the first write, so a run without changes writes nothing. */
export interface Lock extends AsyncDisposable {
  /**
   * Takes the lock, or waits for the taking that is under way. Throws `lock-held` where another run has it, or where
   * it was lost since.
   *
   * `seen` is the Lease as it was when the clusters were read. `Outdated`: another run held the lock then or since, so
   * what was read may no longer be true. The lock is held all the same, for reading again.
   */
  readonly hold: (seen: KubeObject | undefined) => Promise<'Current' | 'Outdated'>;
  /** Aborted with the caller's signal, and when the lock is lost. */
  readonly signal: AbortSignal;
}

/** A run that was killed leaves its lock for at most 15 s and the clocks' difference; one that lives renews it. */
const patienceMs = 20_000;
const retryMs = 500;
/** A write whose answer was lost may have been done: reading again tells. So often at most. */
const maxFailures = 3;

/** The lock of a mesh: a Lease in its home cluster. */
export function openLock(options: LockOptions): Lock {
  const lost = new AbortController();
  let taking: Promise<HeldLease> | undefined;
  const take = async (): Promise<HeldLease> => {
    const lease = await acquirePatiently(options);
    lease.signal.addEventListener('abort', () => lost.abort(lease.signal.reason));
    return lease;
  };
  return {
    signal: AbortSignal.any([options.signal, lost.signal]),
    hold: async (seen) => {
      taking ??= take();
      const lease = await taking;
      lease.check();
      const { fence } = lease;
      return fence <= latestFence(seen, options.holder) ? 'Current' : 'Outdated';
    },
    async [Symbol.asyncDispose]() {
      const lease = await taking?.catch(() => undefined);
      await lease?.[Symbol.asyncDispose]();
    },
  };
}

/** The Lease of a mesh, in its home cluster. */
export function lockRef(mesh: string): ObjectRef {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: systemNamespace,
    name: `isthmus-${mesh}`,
  };
}

/** The fence that a lock may have at most if nobody else has held it since `seen` was read. */
function latestFence(seen: KubeObject | undefined, holder: string): number {
  const { transitions, heldBy } = leaseState(seen);
  return heldBy === '' ? transitions + 1 : heldBy === holder ? transitions : 0;
}

async function acquirePatiently(options: LockOptions): Promise<HeldLease> {
  const { clock, signal, onHeld } = options;
  const started = clock.monotonic();
  const met = { held: 0, failures: 0 };
  for (;;) {
    const outcome = await acquireOnce(options);
    if (!(outcome instanceof IsthmusError)) return outcome;
    const isHeld = outcome.code === 'lock-held';
    met[isHeld ? 'held' : 'failures'] += 1;
    if (met.failures > maxFailures || clock.monotonic() - started > patienceMs) throw outcome;
    if (isHeld && met.held === 1) onHeld(`${outcome.message}; waiting for it to expire`);
    await clock.sleep(retryMs, signal).catch(() => {
      throw endedBy(signal, `waiting for the lock; ${outcome.message}`);
    });
  }
}

/** The lock, or why it may be had in a moment; throws where waiting is of no use. */
async function acquireOnce(options: LockOptions): Promise<HeldLease | IsthmusError> {
  const { client, mesh, holder, clock, signal } = options;
  try {
    await ensureNamespace(options);
    const name = options.lease ?? lockRef(mesh).name;
    return await acquireLease(client, { namespace: systemNamespace, name, holder, clock, signal });
  } catch (error) {
    if (error instanceof IsthmusError && error.retry) return error;
    throw error;
  }
}

async function ensureNamespace({ client, signal }: LockOptions): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } };
  if ((await client.get(namespaceRef, { signal })) !== undefined) return;
  try {
    await client.create(namespace, { signal });
  } catch (error) {
    if (!(error instanceof IsthmusError) || error.code !== 'conflict') throw error;
  }
}

const namespaceRef = { apiVersion: 'v1', kind: 'Namespace', name: systemNamespace };
