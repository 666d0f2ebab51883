import type { JsonSchema } from './schemas.ts';

/** How many values of a closed list the page shows; a longer list is in the schema alone. */
const valuesShown = 14;

/** The definitions that the page explains, and where. */
export interface Headings {
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  /** The address on the page of what has a heading. */
  readonly anchorOf: (name: string) => string | undefined;
}

/** The name of the definition that a schema refers to. */
export function refOf({ $ref }: JsonSchema): string | undefined {
  return $ref?.replace('#/$defs/', '');
}

/** A type in words. */
export function typeText(schema: JsonSchema, headings: Headings): string {
  const ref = refOf(schema);
  if (ref !== undefined) return refText(ref, headings);
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return valuesText(schema.enum);
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return eitherOf(union.map((one) => typeText(one, headings)));
  if (Array.isArray(schema.type)) {
    return eitherOf(schema.type.map((type) => typeText({ ...schema, type }, headings)));
  }
  return plainText(schema, headings);
}

function plainText({ type, format, items, additionalProperties }: JsonSchema, headings: Headings): string {
  if (type === 'array') return items === undefined ? 'list' : `list of ${pluralOf(items, headings)}`;
  if (type === 'object' && typeof additionalProperties === 'object') {
    return `object: ${typeText(additionalProperties, headings)} by name`;
  }
  if (format === 'date-time') return 'string (RFC 3339)';
  return typeof type === 'string' ? type : 'any JSON';
}

function pluralOf(items: JsonSchema, headings: Headings): string {
  const text = typeText(items, headings);
  return ['object', 'string', 'number'].includes(text) ? `${text}s` : text;
}

function refText(name: string, headings: Headings): string {
  const anchor = headings.anchorOf(name);
  if (anchor !== undefined) return `[${name}](#${anchor})`;
  const { description: _, ...definition } = headings.definitions[name] ?? {};
  return typeText(definition, headings);
}

function valuesText(values: readonly (string | number | boolean)[]): string {
  return values.length > valuesShown ? 'string' : eitherOf(values.map(code));
}

function code(value: string | number | boolean): string {
  return `\`${JSON.stringify(value)}\``;
}

function eitherOf(texts: readonly string[]): string {
  const each = [...new Set(texts)];
  return each.length < 2 ? each.join('') : `${each.slice(0, -1).join(', ')} or ${each.at(-1)}`;
}
