import type { KubeObject } from '../objects/object.ts';

/** Finalizers that only Istio's installers and Isthmus set, so that nobody else waits for what they guard. */
const known: readonly RegExp[] = [
  // operator/pkg/... of Istio up to 1.23: the in-cluster operator, which no longer exists.
  /^istio-finalizer\.install\.istio\.io$/,
  /^(.+\.)?isthmus\.dev\/.+$/,
];

/** The finalizers of an object. */
export function finalizersOf({ metadata: { finalizers } }: KubeObject): readonly string[] {
  return Array.isArray(finalizers) ? finalizers.filter((one): one is string => typeof one === 'string') : [];
}

/** The finalizers of an object that may be taken off, and those that belong to someone else. */
export function sortFinalizers(object: KubeObject): {
  readonly strippable: readonly string[];
  readonly foreign: readonly string[];
} {
  const all = finalizersOf(object);
  const strippable = all.filter((one) => known.some((pattern) => pattern.test(one)));
  return { strippable, foreign: all.filter((one) => !strippable.includes(one)) };
}
