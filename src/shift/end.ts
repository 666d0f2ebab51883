import type { ShiftPhase, StoredShift } from '../api/mesh-shift.ts';
import { disarm, readUndo } from '../undo/arm.ts';
import { undoIn } from '../undo/undo.ts';
import { undoName } from '../undo/undo-objects.ts';
import { clientOf, locked, type ShiftContext, shiftName } from './context.ts';
import { record, theIntent } from './intent.ts';

export interface Ending {
  readonly phase: Extract<ShiftPhase, 'WentBack' | 'Aborted'>;
  /** Why it goes back: a sentence without a full stop. */
  readonly reason: string;
}

/**
 * Puts the old configuration back in every cluster, takes the undoers away and ends the shift. What fails on the way leaves
 * the undoers that are not done, and the same again goes on.
 */
export async function goBack(context: ShiftContext, name: string, { phase, reason }: Ending): Promise<StoredShift> {
  return await locked(context, async () => {
    const found = await theIntent(context, name);
    if (hasEnded(found)) return found;
    // From here on an apply wants what the documents say.
    const going = await record(context, found, { phase: 'GoingBack', message: reason });
    const left = await Promise.all(going.spec.clusters.map(async (cluster) => await undoOne(context, going, cluster)));
    const kept = left.flat();
    const message = [reason, ...kept].join('; ').slice(0, 1000);
    const ended = await record(context, going, { phase, message });
    context.report({ type: 'Ended', details: { phase, message } });
    return ended;
  });
}

/** What was left as it is. */
async function undoOne(context: ShiftContext, { spec }: StoredShift, cluster: string): Promise<readonly string[]> {
  const { signal, report } = context;
  const client = clientOf(context, cluster);
  const name = undoName(spec.service);
  const undo = await readUndo(client, name, signal);
  if (undo === undefined) return [];
  const result = await undoIn(client, undo, context);
  report({ type: 'Undone', cluster, details: result });
  await disarm(client, name, signal);
  return result.left.map((why) => `${cluster}: ${why}`);
}

/** Keeps the weights as they are: the undoers go, then the shift ends. The mesh must declare these weights by now. */
export async function keep(context: ShiftContext, shift: StoredShift): Promise<StoredShift> {
  return await locked(context, async () => {
    const found = await theIntent(context, shiftName(shift.spec.service));
    const name = undoName(found.spec.service);
    await Promise.all(
      found.spec.clusters.map(async (cluster) => await disarm(clientOf(context, cluster), name, context.signal)),
    );
    const message = 'the weights of its last step are declared';
    const ended = await record(context, found, { phase: 'Promoted', message });
    context.report({ type: 'Ended', details: { phase: 'Promoted', message } });
    return ended;
  });
}

const ended: ReadonlySet<ShiftPhase> = new Set(['Promoted', 'WentBack', 'Aborted']);

export function hasEnded({ status }: Pick<StoredShift, 'status'>): boolean {
  return status !== undefined && ended.has(status.phase);
}
