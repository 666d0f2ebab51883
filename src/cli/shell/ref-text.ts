import type { ObjectRef } from '../../report/object-ref.ts';

/** `Deployment istio-system/istiod`, as messages show an object. */
export function refText({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

const shown = 4;

/** Names of objects, cut after the first few. */
export function refsText(refs: readonly ObjectRef[]): string {
  const first = refs.slice(0, shown).map(refText).join(', ');
  return refs.length > shown ? `${first} and ${refs.length - shown} more` : first;
}
