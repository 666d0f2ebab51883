import { istioNamespace } from '../istio/names.ts';
import { acquireLease, type HeldLease } from '../kube/lease.ts';
import { serverTime } from '../observe/shifts.ts';
import { arm, disarm } from '../undo/arm.ts';
import { undoIn } from '../undo/undo.ts';
import { guardUndoName } from '../undo/undo-objects.ts';
import type { UndoEntry, UndoRecord } from '../undo/undo-record.ts';
import { type GuardContext, refusedGuard } from './context.ts';
import { namesOf } from './put-back.ts';

export interface Guarding {
  /** What puts each cluster back. */
  readonly entries: ReadonlyMap<string, readonly UndoEntry[]>;
  readonly image: string;
  /** When what was there before returns whatever becomes of this process, in milliseconds from now. */
  readonly expiresMs: number;
}

/** Undoers that wait in each cluster that is about to be changed, for as long as this process gives a sign of life. */
export interface ArmedGuard {
  /** Aborted when a sign of life could not be given: the undoer of a cluster may be at work. */
  readonly signal: AbortSignal;
  /** Takes the undoers away: the change stays. */
  readonly keep: () => Promise<void>;
  /** Puts everything back, and takes the undoers away. What was left as it is, because others changed it. */
  readonly goBack: () => Promise<readonly string[]>;
}

/** Arms the undoers. Throws `guard-refused` where one does not run; then none is left. */
export async function armGuard(context: GuardContext, { entries, image, expiresMs }: Guarding): Promise<ArmedGuard> {
  const { clock, signal, holder, report } = context;
  const armed: Armed[] = [];
  try {
    for (const [cluster, own] of entries) {
      const client = context.clients.get(cluster);
      if (client === undefined) throw refusedGuard(`${cluster} does not answer`, 'try again when it does');
      const expiresAt = new Date(serverTime(client, clock.now()) + expiresMs).toISOString();
      const record: UndoRecord = {
        ...{ version: 1, mesh: context.mesh, subject: 'guard', expiresAt, heartbeat: guardUndoName },
        ...{ entries: [...own], faults: [] },
      };
      armed.push({ client, record, lease: undefined });
      await arm(client, context, { name: guardUndoName, image, record, refuse: refusedGuard });
      // Not by the signal: who was interrupted goes back under it.
      const lease = await acquireLease(client, { namespace: istioNamespace, name: guardUndoName, holder, clock });
      armed[armed.length - 1] = { client, record, lease };
      report({ type: 'Guarded', cluster, details: { objects: namesOf(own), expiresAt } });
    }
  } catch (thrown) {
    await release(armed).catch(() => undefined);
    throw thrown;
  }
  return {
    signal: AbortSignal.any([signal, ...armed.flatMap(({ lease }) => lease?.signal ?? [])]),
    keep: async () => await release(armed),
    goBack: async () => await putBack(armed, context),
  };
}

interface Armed {
  readonly client: Parameters<typeof disarm>[0];
  readonly record: UndoRecord;
  readonly lease: HeldLease | undefined;
}

/** The signs of life end first: an undoer takes that for a process that lives and needs it no longer. */
async function release(armed: readonly Armed[]): Promise<void> {
  const { signal } = new AbortController();
  await Promise.all(
    armed.map(async ({ client, lease }) => {
      await lease?.[Symbol.asyncDispose]();
      await disarm(client, guardUndoName, signal);
    }),
  );
}

async function putBack(armed: readonly Armed[], { clock, report }: GuardContext): Promise<readonly string[]> {
  const { signal } = new AbortController();
  const left = await Promise.all(
    armed.map(async ({ client, record }) => {
      const result = await undoIn(client, record, { clock, signal });
      report({ type: 'PutBack', cluster: client.cluster, details: result });
      return result.left.map((why) => `${client.cluster}: ${why}`);
    }),
  );
  await release(armed);
  return left.flat();
}
