import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { families } from './soak/families.ts';

const folder = join(import.meta.dirname, 'soak');
const names = families.map(({ name }) => name);

test('each family of long tests has its file, and each file its family', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.test.ts'));
  expect(files.map((file) => file.replace('.test.ts', '')).toSorted()).toEqual(names);
});

test('CONTRIBUTING.md lists the families with what they do', () => {
  const text = readFileSync(join(import.meta.dirname, '../CONTRIBUTING.md'), 'utf8');
  const rows = [...text.matchAll(/^- `npm run soak -- ([\w-]+)`: (.+(?:\n {2}.+)*)$/gm)].map(([, name, does]) => ({
    name,
    does: does?.replaceAll('\n  ', ' '),
  }));
  expect(rows).toEqual(families);
});
