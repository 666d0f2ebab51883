import type { Clock } from '../base/clock.ts';
import { valueAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { leaseState, renewedAt } from '../kube/lease.ts';
import type { KubeObject } from '../objects/object.ts';
import { serverTime } from '../observe/shifts.ts';
import { drillNoteOf } from '../undo/drill-note.ts';
import { drillUndoName, heartbeatRef, undoRef } from '../undo/undo-objects.ts';
import { holds, parseUndo, type UndoFault } from '../undo/undo-record.ts';
import { isSilent } from '../undo/undoer.ts';

/**
 * `Armed`: nothing is broken yet. `Broken`: it is. `Repairing`: it is, and the pod that repairs it has its turn, because the process
 * is silent or the time is over. `Left`: the same where nothing is broken.
 */
export type DrillPhase = 'Armed' | 'Broken' | 'Repairing' | 'Left';

/** A drill as its cluster shows it. Times are milliseconds since the epoch, by the clock of that cluster's API server. */
export interface DrillState {
  readonly mesh: string;
  readonly phase: DrillPhase;
  /** Undefined where the version that began it did not note it. */
  readonly fault: string | undefined;
  readonly refs: readonly UndoFault['ref'][];
  /** Who runs it; undefined before it breaks something, and where nobody does. */
  readonly holder: string | undefined;
  readonly brokenAt: number | undefined;
  /** When its process repairs it. */
  readonly endsAt: number | undefined;
  /** When the pod repairs it at the latest. */
  readonly undoneAt: number;
}

export interface DrillLook {
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
}

/** The drill of a cluster; undefined where none left a record. Throws where the record or what it names cannot be read. */
export async function readDrill(client: KubeClient, { clock, signal }: DrillLook): Promise<DrillState | undefined> {
  const found = await client.get(undoRef(drillUndoName), { signal });
  if (found === undefined) return undefined;
  const record = parseUndo(found);
  const { mesh, faults, heartbeat } = record;
  const lease = heartbeat === undefined ? undefined : await client.get(heartbeatRef(heartbeat), { signal });
  const note = drillNoteOf(found);
  const live = await Promise.all(faults.map(async ({ ref }) => await client.get(ref, { signal })));
  const isBroken = faults.some(({ set }, index) => live[index] !== undefined && holds(live[index], set));
  const now = serverTime(client, clock.now());
  const undoneAt = Date.parse(record.expiresAt);
  const { heldBy } = leaseState(lease);
  const isAlive = heldBy !== '' && !isSilent(lease, now);
  const isOver = now >= undoneAt || (heldBy !== '' && !isAlive);
  const brokenAt = isAlive ? acquiredAt(lease) : undefined;
  return {
    mesh,
    phase: phaseOf({ isBroken, isOver }),
    fault: note?.fault,
    refs: faults.map(({ ref }) => ref),
    holder: isAlive ? heldBy : undefined,
    brokenAt,
    endsAt: brokenAt === undefined || note === undefined ? undefined : brokenAt + note.forMs,
    undoneAt,
  };
}

/** A process gives its Lease back right before it repairs: that alone is no sign that it is gone. */
function phaseOf({ isBroken, isOver }: { readonly isBroken: boolean; readonly isOver: boolean }): DrillPhase {
  if (isBroken) return isOver ? 'Repairing' : 'Broken';
  return isOver ? 'Left' : 'Armed';
}

/** When it was taken, by the server's clock: the holder's own may be an hour off, but runs as fast. */
function acquiredAt(lease: KubeObject | undefined): number | undefined {
  const [acquired, renewed] = ['acquireTime', 'renewTime'].map((name) =>
    Date.parse(String(valueAt(lease, ['spec', name]))),
  );
  const at = (lease === undefined ? undefined : renewedAt(lease)) ?? Number.NaN;
  const since = new Date(at - ((renewed ?? Number.NaN) - (acquired ?? Number.NaN))).getTime();
  return Number.isNaN(since) ? undefined : since;
}
