import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { remember } from '../../base/memo.ts';
import { labelOf, listOf, stringsOf, textOf, textsOf } from './fields.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether labels are selected. */
export type LabelSelector = (labels: Labels) => boolean;

/**
 * A selector of MeshConfig (pkg/config/mesh/labelselector): null selects nothing, an empty one everything.
 * Undefined where istiod does not take it.
 */
export function parseLabelSelector(value: Json | undefined): LabelSelector | undefined {
  if (value === null || value === undefined) return () => false;
  if (!isJsonObject(value)) return undefined;
  const equal = Object.entries(stringsOf(value.matchLabels));
  const conditions: LabelSelector[] = equal.map(
    ([key, wanted]) =>
      (labels) =>
        labelOf(labels, key) === wanted,
  );
  for (const expression of listOf(value.matchExpressions)) {
    const condition = isJsonObject(expression) ? parseExpression(expression) : undefined;
    if (condition === undefined) return undefined;
    conditions.push(condition);
  }
  return (labels) => conditions.every((condition) => condition(labels));
}

function parseExpression(expression: JsonObject): LabelSelector | undefined {
  const key = textOf(expression.key);
  const values = textsOf(expression.values);
  const isIn: LabelSelector = (labels) => values.includes(labelOf(labels, key) ?? '');
  const exists: LabelSelector = (labels) => labelOf(labels, key) !== undefined;
  switch (expression.operator) {
    case 'In':
      return values.length === 0 ? undefined : (labels) => exists(labels) && isIn(labels);
    case 'NotIn':
      return values.length === 0 ? undefined : (labels) => !(exists(labels) && isIn(labels));
    case 'Exists':
      return values.length > 0 ? undefined : exists;
    case 'DoesNotExist':
      return values.length > 0 ? undefined : (labels) => !exists(labels);
    default:
      return undefined;
  }
}

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
