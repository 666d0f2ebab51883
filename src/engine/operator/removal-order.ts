import type { ObjectRef } from '../../objects/object.ts';

export interface RemovalSteps<T> {
  /** Removes an object, and waits until it is gone with its pods where it has some. */
  readonly remove: (ref: ObjectRef) => Promise<void>;
  /** What is done when no pod of it is left and its records still are. */
  readonly between: () => Promise<T>;
}

/**
 * The pods first, and gone before their rights: nothing of an operator works on with half of them, or takes its lease again. What it
 * knew of the mesh is needed for what comes between, and goes with the rest.
 */
export async function removeInOrder<T>(refs: readonly ObjectRef[], { remove, between }: RemovalSteps<T>): Promise<T> {
  const pods = refs.filter(({ kind }) => kind === 'Deployment');
  for (const ref of pods) await remove(ref);
  const found = await between();
  for (const ref of refs) if (!pods.includes(ref)) await remove(ref);
  return found;
}
