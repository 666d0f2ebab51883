import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { istioNamespace } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { acquireLease } from '../kube/lease.ts';
import { describeRef } from '../objects/object.ts';
import { disarm } from '../undo/arm.ts';
import { patchObject, type UndoResult, undoIn } from '../undo/undo.ts';
import { drillUndoName } from '../undo/undo-objects.ts';
import type { UndoRecord } from '../undo/undo-record.ts';
import type { DrillContext } from './context.ts';
import { type Fault, faultText } from './fault.ts';

export interface Breaking {
  readonly fault: Fault;
  /** For how long it stays broken, in milliseconds. */
  readonly forMs: number;
  /** What the undoer that runs in the cluster has read. */
  readonly record: UndoRecord;
}

export interface Broken {
  /** By the clock of this process, in milliseconds since the epoch. */
  readonly brokenAt: number;
  readonly restoredAt: number;
  readonly result: UndoResult;
}

/**
 * Breaks what a record holds, repairs it when the time is over or whatever else ends it, and takes the undoer away only after
 * that: where this process cannot repair it, the undoer does.
 */
export async function breakFor(
  context: DrillContext,
  client: KubeClient,
  { fault, forMs, record }: Breaking,
): Promise<Broken> {
  const { clock, holder, report, signal } = context;
  const { cluster } = client;
  let brokenAt = clock.now();
  let result: UndoResult = { restored: [], left: [] };
  try {
    const lease = { namespace: istioNamespace, name: drillUndoName, holder, clock, signal };
    await using heartbeat = await acquireLease(client, lease);
    brokenAt = clock.now();
    for (const { ref, set } of record.faults) await patchObject(client, ref, set);
    const objects = record.faults.map(({ ref }) => describeRef(ref));
    report({ type: 'Broken', cluster, details: { fault: faultText(fault), objects, forMs } });
    await clock.sleep(forMs, AbortSignal.any([signal, heartbeat.signal]));
  } finally {
    // Not by the signal: an interrupted drill is repaired as well.
    const still = { clock, signal: new AbortController().signal };
    result = await undoIn(client, record, still).catch((thrown: unknown) => {
      throw unrepaired(thrown, client, record);
    });
    await disarm(client, drillUndoName, still.signal);
    report({ type: 'Restored', cluster, details: result });
  }
  return { brokenAt, restoredAt: clock.now(), result };
}

function unrepaired(thrown: unknown, { cluster }: KubeClient, { faults, expiresAt }: UndoRecord): IsthmusError {
  const error = asIsthmusError(thrown);
  const objects = faults.map(({ ref }) => describeRef(ref)).join(', ');
  return new IsthmusError(error.code, `${objects} of ${cluster} may still be broken: ${error.message}`, {
    cause: thrown,
    cluster,
    remedy: `Job ${istioNamespace}/${drillUndoName} repairs it at ${expiresAt} and tries until it succeeds; another drill would repair it before`,
  });
}
