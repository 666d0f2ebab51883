import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonCodes } from '../src/discovery/values/answer.ts';

test('docs/concepts/prediction.md explains every reason, and no other', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/concepts/prediction.md'), 'utf8');
  const explained = [...text.matchAll(/^- `([a-z-]+)`: /gm)].map(([, code]) => code);
  expect(explained).toEqual([...reasonCodes]);
});
