import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { parseLabName } from '../lab/src/names.ts';

const files = globSync('{e2e,integration,soak}/*.test.ts', { cwd: import.meta.dirname });
const labs = files.flatMap((file) => {
  const text = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
  return [...text.matchAll(/\b(?:name|lab): '((?:e2e|int|soak)-[\w-]+)'/g)].map(([, name = '']) => ({
    file: basename(file),
    name,
  }));
});

test('the names of the labs of long tests are ones that a lab may have, each in one file', () => {
  expect(labs.length).toBeGreaterThan(20);
  for (const { name } of labs) expect(parseLabName(name)).toBe(name);
  expect(new Set(labs.map(({ name }) => name)).size).toBe(labs.length);
});
