import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { conditionsPage } from '../scripts/docs/conditions-page.ts';
import { conditionReasons } from '../src/api/mesh-cluster-status.ts';

const root = join(import.meta.dirname, '..');

test('docs/conditions.md is what npm run docs makes of the reasons', () => {
  expect(readFileSync(join(root, 'docs/conditions.md'), 'utf8')).toBe(conditionsPage());
});

test('every reason is one that the operator gives', () => {
  const folder = join(root, 'src/operator');
  const files = readdirSync(folder).filter((name) => !name.endsWith('.test.ts'));
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('');
  expect(Object.keys(conditionReasons).filter((reason) => !text.includes(`'${reason}'`))).toEqual([]);
});
