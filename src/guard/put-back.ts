import { withSubsetsOf } from '../istio/subset-union.ts';
import type { KubeClient } from '../kube/client.ts';
import { describeRef, type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { appliedAnnotation } from '../objects/ownership.ts';
import { appliedObject } from '../plan/change.ts';
import { heldPart } from '../plan/held.ts';
import { entryRef } from '../undo/undo-objects.ts';
import type { UndoEntry } from '../undo/undo-record.ts';
import { type GuardContext, refusedGuard } from './context.ts';

/** One object that a change writes or deletes. */
export interface GuardedChange {
  readonly cluster: string;
  readonly action: 'Write' | 'Delete';
  /** As it is written, with its digest; as it is, where it is deleted. */
  readonly object: KubeObject;
  /** The digests of other forms that the change writes meanwhile. */
  readonly digests: readonly string[];
}

/** What is undone first: the route before its subsets, which may then be taken away. */
const order = ['VirtualService', 'DestinationRule'];

/** What puts a cluster back, whatever of the changes is done by then. Throws `guard-refused` for what we never applied. */
export async function entriesOf(
  client: KubeClient,
  changes: readonly GuardedChange[],
  { digest, signal }: Pick<GuardContext, 'digest' | 'signal'>,
): Promise<readonly UndoEntry[]> {
  const entries = await Promise.all(
    changes.map(async ({ action, object, digests }): Promise<readonly UndoEntry[]> => {
      const ref = entryRef(object);
      const live = await client.get(ref, { signal });
      if (live === undefined)
        return action === 'Delete' ? [] : [{ ref, before: null, written: [...digests, ...own(object)] }];
      const before = heldBefore(live, client.cluster);
      if (action === 'Delete') return [{ ref, before, written: own(live), deleted: true }];
      // The form with the subsets of both, which an apply writes before the route.
      const between = appliedObject(withSubsetsOf(withoutDigest(object), live), digest);
      return [{ ref, before, written: [...new Set([...digests, ...own(object), ...own(between)])] }];
    }),
  );
  return entries.flat().toSorted((one, other) => placeOf(one) - placeOf(other));
}

function placeOf({ ref }: UndoEntry): number {
  const at = order.indexOf(ref.kind);
  return at < 0 ? order.length : at;
}

function own({ metadata }: KubeObject): string[] {
  const digest = metadata.annotations?.[appliedAnnotation];
  return digest === undefined ? [] : [digest];
}

function withoutDigest(object: KubeObject): KubeObject {
  const { annotations: { [appliedAnnotation]: _, ...others } = {}, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: { ...metadata, ...(Object.keys(others).length === 0 ? {} : { annotations: others }) },
  };
}

function heldBefore(live: KubeObject, cluster: string): KubeObject {
  const before = heldPart(live);
  if (before !== undefined && own(before).length > 0) return before;
  throw refusedGuard(
    `${describeRef(refOf(live))} of ${cluster} was not applied by this mesh alone, so that it could not be put back`,
    'apply the mesh unwatched once',
  );
}

/** As a person reads them. */
export function namesOf(entries: readonly { readonly ref: ObjectRef }[]): readonly string[] {
  return entries.map(({ ref }) => describeRef(ref));
}
