import { list } from '../docs/prose.ts';
import type { JsonSchema } from './schemas.ts';
import { type Headings, typeText } from './types.ts';

interface Entry {
  readonly field: string;
  readonly type: string;
  readonly meaning: string;
}

/** Every report has these two: the page names them once. */
const frame = ['apiVersion', 'kind'];

/** The fields of an object as a list; those of an object inside it follow as `outer.inner`, of a list as `outer[].inner`. */
export function fieldList(schema: JsonSchema, headings: Headings): string {
  const isReport = schema.properties?.kind?.const !== undefined;
  const entries = entriesOf(schema, '', headings).filter(({ field }) => !isReport || !frame.includes(field));
  return list(
    entries.map(({ field, type, meaning }) => `\`${field}\`, ${type}${meaning === '' ? '' : `: ${meaning}`}`),
  );
}

function entriesOf({ properties = {}, required = [] }: JsonSchema, path: string, headings: Headings): readonly Entry[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const mark = required.includes(name) ? '' : '?';
    const entry: Entry = {
      field: `${path}${name}${mark}`,
      type: typeText(field, headings),
      meaning: field.description ?? '',
    };
    const { object, step } = insideOf(field);
    return object === undefined ? [entry] : [entry, ...entriesOf(object, `${path}${name}${step}.`, headings)];
  });
}

/** The object without a name that a field is, or that its list holds. */
function insideOf(field: JsonSchema): { readonly object?: JsonSchema; readonly step: '' | '[]' } {
  const whole = field.anyOf?.find(({ type }) => type !== 'null') ?? field;
  if (whole.items !== undefined) {
    return whole.items.properties === undefined ? { step: '[]' } : { object: whole.items, step: '[]' };
  }
  return whole.properties === undefined ? { step: '' } : { object: whole, step: '' };
}
