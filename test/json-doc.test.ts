import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonFiles } from '../scripts/docs-json.ts';
import { type JsonSchema, kinds, schemaOf } from '../scripts/json/schemas.ts';

const root = join(import.meta.dirname, '..');
const files = jsonFiles();

describe('what is made from src/report', () => {
  test.each([...files])('%s is as scripts/docs-json.ts writes it', (path, text) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  test('schemas/ holds nothing else', () => {
    const made = [...files.keys()].filter((path) => path.startsWith('schemas/'));
    expect(
      readdirSync(join(root, 'schemas'))
        .map((name) => `schemas/${name}`)
        .toSorted(),
    ).toEqual(made.toSorted());
  });
});

/** Every schema in a schema, with its path. */
function schemasIn(schema: JsonSchema, path: string): readonly (readonly [path: string, schema: JsonSchema])[] {
  const groups = { ...schema.properties, ...schema.$defs, items: schema.items };
  const inner = Object.entries(groups).flatMap(([name, one]) =>
    one === undefined ? [] : schemasIn(one, `${path}.${name}`),
  );
  const either = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((one) => schemasIn(one, path));
  return [[path, schema], ...inner, ...either];
}

describe.each(kinds)('the schema of %s', (kind) => {
  const all = schemasIn(schemaOf(kind), kind);

  test('describes every field', () => {
    const bare = all.flatMap(([path, { properties = {} }]) =>
      Object.entries(properties).flatMap(([name, field]) =>
        field.description === undefined ? [`${path}.${name}`] : [],
      ),
    );
    expect(bare).toEqual([]);
  });

  test('allows fields to be added', () => {
    expect(all.filter(([, { additionalProperties }]) => additionalProperties === false)).toEqual([]);
  });

  test('names the version and the kind', () => {
    expect(schemaOf(kind).properties).toMatchObject({
      apiVersion: { const: 'isthmus.dev/v1alpha1' },
      kind: { const: kind },
    });
  });
});
