import type { StoredShift } from '../api/mesh-shift.ts';
import { type KubeObject, refKey, refOf } from '../objects/object.ts';
import { appliedAnnotation } from '../objects/ownership.ts';
import { entryRef } from '../undo/undo-objects.ts';
import type { UndoRecord } from '../undo/undo-record.ts';
import { type ShiftContext, shiftName } from './context.ts';
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
  const subject = shiftName(spec.service);
  return { version: 1, mesh, subject, expiresAt: spec.expiresAt, entries: routesFirst, faults: [] };
}
