import { valueAt } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';

/** True where a label selector (`a=b,c!=d,e,!f,g in (x,y),h notin (z)`) selects the labels. */
export function matchesLabels(selector: string | undefined, labels: Readonly<Record<string, string>> = {}): boolean {
  return requirements(selector).every((requirement) => matchesLabel(requirement, labels));
}

function matchesLabel(requirement: string, labels: Readonly<Record<string, string>>): boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(requirement);
  if (set !== null) {
    const [, key = '', operator, values = ''] = set;
    const label = labels[key];
    const within = label !== undefined && values.split(',').some((value) => value.trim() === label);
    return operator === 'in' ? within : !within;
  }
  if (requirement.startsWith('!')) return labels[requirement.slice(1).trim()] === undefined;
  const { key, operator, value } = comparison(requirement);
  if (operator === undefined) return labels[key] !== undefined;
  return operator === '!=' ? labels[key] !== value : labels[key] === value;
}

/** True where a field selector (`metadata.name=a,status.phase!=Running`) selects the object. */
export function matchesFields(selector: string | undefined, object: KubeObject): boolean {
  return requirements(selector).every((requirement) => {
    const { key, operator, value } = comparison(requirement);
    const found = valueAt(object, key.split('.'));
    const text = found === undefined || found === null ? '' : String(found);
    return operator === '!=' ? text !== value : text === value;
  });
}

/** The comma-separated requirements; commas within parentheses belong to a set. */
function requirements(selector: string | undefined): readonly string[] {
  return (selector ?? '')
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function comparison(requirement: string): { key: string; operator: string | undefined; value: string } {
  const match = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(requirement);
  return { key: match?.[1] ?? requirement, operator: match?.[2], value: match?.[3] ?? '' };
}
