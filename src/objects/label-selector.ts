import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether labels are selected. */
export type LabelSelector = (labels: Labels) => boolean;

/**
 * A selector of MeshConfig (Istio pkg/config/mesh/labelselector): null selects nothing, an empty one everything.
 * Undefined where istiod does not take it.
 */
export function parseLabelSelector(value: Json | undefined): LabelSelector | undefined {
  if (value === null || value === undefined) return () => false;
  if (!isJsonObject(value)) return undefined;
  const { matchLabels, matchExpressions } = value;
  const equal = Object.entries(isJsonObject(matchLabels) ? matchLabels : {}).filter(([, text]) => isText(text));
  const conditions: LabelSelector[] = equal.map(
    ([key, wanted]) =>
      (labels) =>
        labelOf(labels, key) === wanted,
  );
  for (const expression of Array.isArray(matchExpressions) ? matchExpressions : []) {
    const condition = isJsonObject(expression) ? parseExpression(expression) : undefined;
    if (condition === undefined) return undefined;
    conditions.push(condition);
  }
  return (labels) => conditions.every((condition) => condition(labels));
}

function parseExpression({ key, operator, values: given }: JsonObject): LabelSelector | undefined {
  const name = isText(key) ? key : '';
  const values = Array.isArray(given) ? given.filter(isText) : [];
  const isIn: LabelSelector = (labels) => values.includes(labelOf(labels, name) ?? '');
  const exists: LabelSelector = (labels) => labelOf(labels, name) !== undefined;
  switch (operator) {
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

function isText(value: Json | undefined): value is string {
  return typeof value === 'string';
}

/** Inherited members such as `constructor` are no labels. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
