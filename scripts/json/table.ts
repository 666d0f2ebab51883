import type { JsonSchema } from './schemas.ts';
import { type Headings, typeText } from './types.ts';

type Row = readonly [field: string, type: string, meaning: string];

/** Every report has these two: the page names them once. */
const frame = ['apiVersion', 'kind'];

/** The fields of an object as a table; those of an object inside it follow as `outer.inner`, of a list as `outer[].inner`. */
export function fieldTable(schema: JsonSchema, headings: Headings): string {
  const isReport = schema.properties?.kind?.const !== undefined;
  const rows = rowsOf(schema, '', headings).filter(([field]) => !isReport || !frame.includes(field));
  return ['| field | type | meaning |', '| --- | --- | --- |', ...rows.map(rowText)].join('\n');
}

function rowsOf({ properties = {}, required = [] }: JsonSchema, path: string, headings: Headings): readonly Row[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const mark = required.includes(name) ? '' : '?';
    const row: Row = [`${path}${name}${mark}`, typeText(field, headings), field.description ?? ''];
    const { object, step } = insideOf(field);
    return object === undefined ? [row] : [row, ...rowsOf(object, `${path}${name}${step}.`, headings)];
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

function rowText([field, type, meaning]: Row): string {
  return `| \`${field}\` | ${escaped(type)} | ${escaped(meaning)} |`;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
