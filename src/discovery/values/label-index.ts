import { remember } from '../../base/memo.ts';
import { labelOf } from './fields.ts';

type Labels = Readonly<Record<string, string>>;

/** Finds the items whose labels hold a selector's pairs without looking at every item. */
export function createLabelIndex<T>(
  items: readonly T[],
  labelsOf: (item: T) => Labels,
): (selector: Labels) => readonly T[] {
  const byKey = new Map<string, ReadonlyMap<string | undefined, readonly T[]>>();
  return (selector) => {
    const [first, ...rest] = Object.entries(selector);
    if (first === undefined) return items;
    const [key, value] = first;
    const byValue = remember(byKey, key, () => Map.groupBy(items, (item) => labelOf(labelsOf(item), key)));
    const found = byValue.get(value) ?? [];
    return found.filter((item) => rest.every(([name, wanted]) => labelOf(labelsOf(item), name) === wanted));
  };
}
