import type { KubeObject } from '../../objects/object.ts';
import { compareTexts, textOf } from './fields.ts';

/** The order in which istiod reads configuration objects: age, then name, then namespace. */
export function compareByAge(a: KubeObject, b: KubeObject): number {
  return (
    compareTexts(textOf(a.metadata.creationTimestamp), textOf(b.metadata.creationTimestamp)) ||
    compareTexts(a.metadata.name, b.metadata.name) ||
    compareTexts(namespaceOf(a), namespaceOf(b))
  );
}

export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? '';
}

/** `DestinationRule shop/reviews`, as explanations name an object. */
export function describeConfig(object: KubeObject): string {
  return `${object.kind} ${namespaceOf(object)}/${object.metadata.name}`;
}
