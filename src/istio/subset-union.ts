import { isJsonObject, type JsonObject, objectsAt, textAt } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';

/** A DestinationRule with the subsets that another form of it has besides its own; the same object where there are none. */
export function withSubsetsOf(rule: KubeObject, other: KubeObject | undefined): KubeObject {
  const own = subsetsOf(rule);
  const names = own.map(nameOf);
  const more = other === undefined ? [] : subsetsOf(other).filter((subset) => !names.includes(nameOf(subset)));
  if (more.length === 0) return rule;
  const spec = isJsonObject(rule.spec) ? rule.spec : {};
  return { ...rule, spec: { ...spec, subsets: [...own, ...more] } };
}

function subsetsOf(rule: KubeObject): readonly JsonObject[] {
  return objectsAt(rule, ['spec', 'subsets']);
}

function nameOf(subset: JsonObject): string {
  return textAt(subset, ['name']) ?? '';
}
