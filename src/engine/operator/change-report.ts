import { type KubeObject, type ObjectRef, refOf } from '../../objects/object.ts';
import type { OperatorChange } from '../../report/operator.ts';
import { apiVersion } from '../../report/schema.ts';
import type { Placement } from './place-objects.ts';

type Change = OperatorChange['changes'][number];

/** The report of what an installation, its removal or a grant did or would do. */
export function changeReport(content: Omit<OperatorChange, 'apiVersion' | 'kind'>): OperatorChange {
  return { apiVersion, kind: 'OperatorChange', ...content };
}

export function changesOf(context: string, placements: readonly Placement[]): readonly Change[] {
  return placements.map(({ object, action }) => ({ context, object: plainRef(object), action }));
}

export function deletionOf(context: string, ref: ObjectRef, action: 'Delete' | 'Keep'): Change {
  return { context, object: ref, action };
}

function plainRef(object: KubeObject): ObjectRef {
  return refOf(object);
}
