import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import { parseJson } from '../base/parse-json.ts';
import type { KubeClient } from '../kube/client.ts';
import { leaseState, renewedAt } from '../kube/lease.ts';
import type { KubeObject } from '../objects/object.ts';
import { serverTime } from '../observe/shifts.ts';
import { undoIn } from './undo.ts';
import { heartbeatRef, undoRef } from './undo-objects.ts';
import { parseUndo, type UndoRecord } from './undo-record.ts';

/** The orders of an undoer, in the environment of its pod. */
export const undoerPlan = z.object({ cluster: z.string(), name: z.string() });
export type UndoerPlan = z.output<typeof undoerPlan>;

/** What an undoer writes: `Armed` when it could read its record, then how it ended. */
export const undoerLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Armed'), expiresAt: z.string() }),
  z.object({ type: z.literal('Waiting'), why: z.string() }),
  /** The record is gone: what was shifted is kept, or was put back by others. */
  z.object({ type: z.literal('Released') }),
  z.object({ type: z.literal('Undone'), restored: z.array(z.string()), left: z.array(z.string()) }),
]);
export type UndoerLine = z.output<typeof undoerLine>;

/** The lines of an undoer's output; others are left out. */
export function parseUndoerLines(text: string): readonly UndoerLine[] {
  return text.split('\n').flatMap((line) => {
    const parsed = undoerLine.safeParse(line.startsWith('{') ? parseJson(line) : undefined);
    return parsed.success ? [parsed.data] : [];
  });
}

export interface UndoerOptions {
  readonly plan: UndoerPlan;
  /** Its own cluster's. */
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly write: (line: UndoerLine) => void;
  readonly signal: AbortSignal;
}

/** It looks this often whether it is still wanted, and asks the server for its time with it. */
const lookMs = 10_000;
/** The same where it waits for a sign of life too. */
const heartbeatLookMs = 2_000;
/** A sign of life is over after this long. */
const silenceMs = 15_000;
const retryMs = 2_000;

/** Whoever took a Lease has stopped renewing it without giving it back. `now` is by the clock of its API server. */
export function isSilent(lease: KubeObject | undefined, now: number): boolean {
  if (lease === undefined || leaseState(lease).heldBy === '') return false;
  const at = renewedAt(lease);
  return at !== undefined && now - at > silenceMs;
}

/** Whether whoever the undoer waits for is silent; nobody is without a heartbeat. */
async function isAlone(
  kube: KubeClient,
  { heartbeat }: UndoRecord,
  { clock, signal }: Pick<UndoerOptions, 'clock' | 'signal'>,
): Promise<boolean> {
  if (heartbeat === undefined) return false;
  const lease = await kube.get(heartbeatRef(heartbeat), { signal });
  return isSilent(lease, serverTime(kube, clock.now()));
}

/**
 * Waits until its record expires by the clock of the API server, then puts back what the record holds; ends at once where the
 * record is gone. Where there is a heartbeat it does not wait longer than that. Whatever fails is tried again, for as long as it takes.
 */
export async function runUndoer({ plan, kube, clock, write, signal }: UndoerOptions): Promise<void> {
  const ref = undoRef(plan.name);
  let isArmed = false;
  let said = '';
  for (;;) {
    try {
      const found = await kube.get(ref, { signal });
      if (found === undefined) return write({ type: 'Released' });
      const record = parseUndo(found);
      if (!isArmed) write({ type: 'Armed', expiresAt: record.expiresAt });
      isArmed = true;
      const leftMs = Date.parse(record.expiresAt) - serverTime(kube, clock.now());
      if (leftMs <= 0 || (await isAlone(kube, record, { clock, signal }))) {
        return write({ type: 'Undone', ...(await mutable(kube, record, { clock, signal })) });
      }
      const looksEveryMs = record.heartbeat === undefined ? lookMs : heartbeatLookMs;
      await clock.sleep(Math.min(leftMs, looksEveryMs), signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const why = asIsthmusError(thrown).message;
      if (why !== said) write({ type: 'Waiting', why });
      said = why;
      await clock.sleep(retryMs, signal);
    }
  }
}

async function mutable(
  ...args: Parameters<typeof undoIn>
): Promise<{ readonly restored: string[]; readonly left: string[] }> {
  const { restored, left } = await undoIn(...args);
  return { restored: [...restored], left: [...left] };
}
