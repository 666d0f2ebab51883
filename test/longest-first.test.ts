import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { longest } from './support/longest-first.ts';

test('the files that are run first are there', () => {
  const folders = ['e2e', 'integration'].map((name) => join(import.meta.dirname, name));
  const missing = longest.filter((name) => !folders.some((folder) => existsSync(join(folder, `${name}.test.ts`))));
  expect(missing).toEqual([]);
});
