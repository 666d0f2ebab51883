import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { meshFilePage } from '../scripts/docs/mesh-file-page.ts';
import { meshFileSchema } from '../scripts/json/mesh-file.ts';

const root = join(import.meta.dirname, '..');

test('docs/mesh-file.md is what npm run docs makes of the kinds', () => {
  expect(readFileSync(join(root, 'docs/mesh-file.md'), 'utf8')).toBe(meshFilePage());
});

describe('schemas/MeshFile.json', () => {
  const schema = z.fromJSONSchema(meshFileSchema() as z.core.JSONSchema.JSONSchema);
  const documents = (text: string): readonly unknown[] => parseAllDocuments(text).map((one) => one.toJS());
  const minimal = documents(readFileSync(join(root, 'examples/two-networks/mesh.yaml'), 'utf8'));

  test.each(readdirSync(join(root, 'examples')))('takes examples/%s, which names it for editors', (name) => {
    const text = readFileSync(join(root, 'examples', name, 'mesh.yaml'), 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../../schemas/MeshFile.json');
    for (const document of documents(text)) expect(schema.safeParse(document).error).toBeUndefined();
  });

  test.each([
    ['a field that a kind does not have', { spec: { network: 'us', netwrok: 'us' } }],
    ['a value of another type', { spec: { network: 5 } }],
    ['a value that is none of those that may be given', { spec: { network: 'us', gateway: { type: 'Loadbalancer' } } }],
    ['a document without a field that must be given', { spec: {} }],
    ['another kind', { kind: 'Cluster' }],
  ])('refuses %s', (_, change) => {
    expect(schema.safeParse(minimal[1]).success).toBe(true);
    expect(schema.safeParse({ ...(minimal[1] as object), ...change }).success).toBe(false);
  });
});
