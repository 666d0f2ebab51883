import type { Clock } from '../base/clock.ts';
import { type Json, toJson } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { describeRef } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import { type UndoRecord, undoActOf } from './undo-record.ts';

/** What an undo did in one cluster. */
export interface UndoResult {
  /** The objects that are as they were before. */
  readonly restored: readonly string[];
  /** Those that were left as they are, and why. */
  readonly left: readonly string[];
}

/** How long proxies are given to take the old route before the subsets of the new one go, in milliseconds. */
const settleMs = 5_000;

export interface UndoPorts {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
}

/**
 * Puts back what was there before, object by object. It writes as the field manager of an apply, so that no field has two
 * owners after it. Done again it changes nothing.
 */
export async function undoIn(
  client: KubeClient,
  record: UndoRecord,
  { clock, signal }: UndoPorts,
): Promise<UndoResult> {
  const restored: string[] = [];
  const left: string[] = [];
  let hasRouted = false;
  for (const entry of record.entries) {
    // A proxy that learns of the subsets' end before it has the old route answers 503.
    if (hasRouted && entry.ref.kind === 'DestinationRule') await clock.sleep(settleMs, signal);
    const act = undoActOf(entry, await client.get(entry.ref, { signal }));
    hasRouted = entry.ref.kind === 'VirtualService' && (act.act === 'Apply' || act.act === 'Delete');
    if (act.act === 'Leave') left.push(act.why);
    else restored.push(describeRef(entry.ref));
    if (act.act === 'Apply') await client.apply(act.object, { fieldManager, conflicts: 'Force' });
    if (act.act === 'Delete') {
      const { uid, resourceVersion } = act;
      await client.delete(act.ref, { uid, resourceVersion });
    }
  }
  return { restored, left };
}

export function resultLine(result: UndoResult): Json {
  return toJson({ type: 'Undone', ...result });
}
