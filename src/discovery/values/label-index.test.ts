import { describe, expect, test } from 'vitest';
import { createLabelIndex } from './label-index.ts';

describe('an index of labels', () => {
  const items = [{ a: '1', b: '1' }, { a: '1', b: '2' }, { b: '1' }];
  const find = createLabelIndex(items, (item) => item as Record<string, string>);

  test('finds what holds every pair', () => {
    expect(find({ a: '1' })).toEqual(items.slice(0, 2));
    expect(find({ b: '1', a: '1' })).toEqual(items.slice(0, 1));
    expect(find({ toString: '1' })).toEqual([]);
    expect(find({})).toBe(items);
  });
});
