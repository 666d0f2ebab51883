import type { Clock } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { acquireLease, type HeldLease } from '../kube/lease.ts';

/** Who wants to lead, and by which Lease. */
export interface Candidate {
  readonly namespace: string;
  readonly lease: string;
  /** Unique to this process. */
  readonly holder: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told once of each holder that is waited for, and of each failed attempt. */
  readonly onWaiting: (message: string) => void;
}

/** Between two attempts, spread by as much again so that many who wait do not ask at once. */
const retryMs = 2_000;

/** Waits until this process leads. Rejects only where the signal ends it. */
export async function becomeLeader(client: KubeClient, candidate: Candidate): Promise<HeldLease> {
  const { namespace, lease: name, holder, clock, random, signal, onWaiting } = candidate;
  let told = '';
  for (;;) {
    signal.throwIfAborted();
    try {
      return await acquireLease(client, { namespace, name, holder, clock, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof IsthmusError)) throw error;
      const holderNow = error.code === 'lock-held' ? error.message.replace(/ until .*/, '') : error.message;
      if (holderNow !== told) onWaiting(holderNow);
      told = holderNow;
    }
    await clock.sleep(retryMs * (1 + random()), signal);
  }
}
