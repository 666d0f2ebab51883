import type { ValuePath } from './form.ts';

/** A key that the format foresees and this version of Isthmus does not support: it is not reported as a typing error. */
export interface Unsupported {
  readonly kind: string;
  readonly path: string;
  readonly remedy: string;
}

export const unsupportedKeys: readonly Unsupported[] = [];

/** What is known of a key that the format foresees but this version does not support; undefined for any other. */
export function unsupportedKey(kind: string, path: ValuePath): Unsupported | undefined {
  const text = path.map(String).join('.');
  return unsupportedKeys.find((entry) => entry.kind === kind && entry.path === text);
}
