import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const folder = resolve(import.meta.dirname, '../docs/adr');
const records = readdirSync(folder).toSorted();

test('decisions are numbered without a gap', () => {
  expect(records.map((file) => Number(file.slice(0, 4)))).toEqual(records.map((_, index) => index + 1));
});

test.each(records)('%s has its date, the options and the consequences', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toMatch(/^# \d+\. \S.*\n\nStatus: accepted, 20\d\d-\d\d-\d\d\n/);
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(expect.arrayContaining(['Options', 'Decision', 'Consequences']));
});
