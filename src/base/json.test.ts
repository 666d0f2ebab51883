import { describe, expect, test } from 'vitest';
import { objectsAt, textAt, toJson } from './json.ts';

describe('toJson', () => {
  test('gives the same value, without what is undefined', () => {
    expect(toJson({ a: [1, 'x', null, true], b: undefined, c: { d: undefined } })).toStrictEqual({
      a: [1, 'x', null, true],
      c: {},
    });
  });

  test('refuses what JSON cannot carry', () => {
    expect(() => toJson({ a: () => 1 })).toThrow('of type function');
    expect(() => toJson([undefined])).toThrow('of type undefined');
  });
});

test('a text or objects are found at a path, and nothing else', () => {
  const value = { spec: { name: 'x', ports: [{ port: 1 }, 2, null] } };
  expect(textAt(value, ['spec', 'name'])).toBe('x');
  expect(textAt(value, ['spec', 'ports'])).toBeUndefined();
  expect(objectsAt(value, ['spec', 'ports'])).toEqual([{ port: 1 }]);
  expect(objectsAt(undefined, ['spec'])).toEqual([]);
});
