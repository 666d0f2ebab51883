import { expect, test } from 'vitest';
import { isTooDeep, maxLevels } from './depth.ts';

test('a value may have so many levels and no more, however deep it goes', () => {
  const nested = (levels: number): unknown => JSON.parse(`${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`);
  expect(isTooDeep(nested(maxLevels))).toBe(false);
  expect(isTooDeep(nested(maxLevels + 2))).toBe(true);
  expect(isTooDeep(nested(1_000_000))).toBe(true);
  expect([1, 'text', null, undefined, [], {}].some(isTooDeep)).toBe(false);
});
