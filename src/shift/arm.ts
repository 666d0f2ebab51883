import type { StoredShift } from '../api/mesh-shift.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { textAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeObject, refKey, refOf } from '../objects/object.ts';
import { appliedAnnotation } from '../objects/ownership.ts';
import { clientOf, type ShiftContext, shiftName } from './context.ts';
import { entryRef, undoerLabel, undoName, undoObjects, undoRef, undoRefs } from './undo-objects.ts';
import { parseUndo, type UndoRecord } from './undo-record.ts';
import { parseUndoerLines } from './undoer.ts';
import { applied, wantedAt } from './weights.ts';

/** What an undo of a shift puts back: what was there before by kind and name, in every cluster the same. */
export function undoRecordOf(
  { mesh, digest }: Pick<ShiftContext, 'mesh' | 'digest'>,
  { spec }: Pick<StoredShift, 'spec'>,
  before: readonly KubeObject[],
): UndoRecord {
  const steps = spec.steps.map((_, index) =>
    wantedAt(mesh, spec, index + 1).map((wanted) => applied(wanted, { mesh, digest })),
  );
  const known = new Map(before.map((object) => [refKey(refOf(object)), object]));
  const entries = (steps[0] ?? []).map((object) => {
    const ref = entryRef(object);
    const same = steps.flat().filter((one) => refKey(refOf(one)) === refKey(ref));
    const digests = same.map(({ metadata }) => metadata.annotations?.[appliedAnnotation] ?? '');
    return { ref, before: known.get(refKey(ref)) ?? null, written: [...new Set(digests)] };
  });
  // The route goes back first: its subsets may then be taken away.
  const routesFirst = entries.toSorted(
    (one, other) => Number(other.ref.kind === 'VirtualService') - Number(one.ref.kind === 'VirtualService'),
  );
  return { version: 1, mesh, shift: shiftName(spec.service), expiresAt: spec.expiresAt, entries: routesFirst };
}

export interface ArmingOptions {
  readonly image: string;
  readonly record: UndoRecord;
}

/** How long an undoer may take to run and to read its record. */
const patienceMs = 300_000;
const lookMs = 500;

/**
 * Starts the undoer of a cluster and waits until it says that it has read what it would put back. Throws `shift-refused`
 * where it does not come to that: what cannot be undone is not started.
 */
export async function arm(context: ShiftContext, cluster: string, { image, record }: ArmingOptions): Promise<void> {
  const { clock, signal, report } = context;
  const client = clientOf(context, cluster);
  const name = undoName(serviceOf(record.shift));
  await disarm(client, name, signal);
  for (const object of undoObjects({ name, cluster, image, record })) await client.create(object, { signal });
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    const state = await undoerState(client, name, signal);
    if (state === 'Armed') break;
    if (clock.monotonic() > until) {
      throw new IsthmusError(
        'shift-refused',
        `${cluster}: the undoer does not run: ${state.why}; no weight was written`,
        {
          cluster,
          remedy: 'see that the cluster can pull its image and has room for a small pod in istio-system',
        },
      );
    }
    await clock.sleep(lookMs, signal);
  }
  report({ type: 'Armed', cluster, details: { expiresAt: record.expiresAt } });
}

async function undoerState(
  client: KubeClient,
  name: string,
  signal: AbortSignal,
): Promise<'Armed' | { readonly why: string }> {
  const { namespace = '' } = undoRef(name);
  const pods = await client.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { namespace, labelSelector: `${undoerLabel}=${name}`, signal },
  );
  const running = pods.find((pod) => textAt(pod, ['status', 'phase']) === 'Running');
  if (running === undefined) return { why: `it has ${pods.length === 0 ? 'no pod' : 'a pod that does not run'}` };
  const { name: pod } = running.metadata;
  try {
    const lines = parseUndoerLines(await client.logs({ namespace, name: pod }, { signal }));
    if (lines.some(({ type }) => type === 'Armed')) return 'Armed';
    const [last] = lines.flatMap((line) => (line.type === 'Waiting' ? [line.why] : [])).toReversed();
    return { why: last ?? 'it has said nothing yet' };
  } catch (thrown) {
    signal.throwIfAborted();
    return { why: asIsthmusError(thrown).message };
  }
}

/** Takes the undoer of a cluster away, its record last. Nothing is put back after it. */
export async function disarm(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  for (const ref of undoRefs(name)) {
    await client.delete(ref, { signal, ...(ref.kind === 'Job' ? { propagation: 'Background' } : {}) });
  }
}

/** What the undo of a cluster would put back; undefined where none is armed. */
export async function readUndo(client: KubeClient, name: string, signal: AbortSignal): Promise<UndoRecord | undefined> {
  const found = await client.get(undoRef(name), { signal });
  return found === undefined ? undefined : parseUndo(found);
}

/** `reviews.bookinfo`; no name of a service holds a dot. */
function serviceOf(shift: string): { readonly name: string; readonly namespace: string } {
  const [name = '', namespace = ''] = shift.split('.');
  return { name, namespace };
}
