import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Json, type JsonObject, mergeJson, objectsAt, textAt, toJson } from './json.ts';

describe('toJson', () => {
  test('gives the same value, without what is undefined', () => {
    expect(toJson({ a: [1, 'x', null, true], b: undefined, c: { d: undefined } })).toStrictEqual({
      a: [1, 'x', null, true],
      c: {},
    });
  });

  test('takes what is nested as deep as anybody likes, and no key for the prototype', () => {
    const deep = `${'{"a":['.repeat(100_000)}1${']}'.repeat(100_000)}`;
    expect(canonicalJson(toJson(JSON.parse(deep)))).toBe(deep);
    const odd = JSON.parse('{"b":1,"__proto__":{"c":2},"a":[{}]}');
    expect(JSON.stringify(toJson(odd))).toBe(JSON.stringify(odd));
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

describe('canonicalJson', () => {
  test('sorts keys, leaves out what is undefined, and else writes what JSON writes', () => {
    expect(canonicalJson({ b: [1, 'x', null, []], a: { d: undefined, c: {} } })).toBe(
      '{"a":{"c":{}},"b":[1,"x",null,[]]}',
    );
    expect(canonicalJson(undefined)).toBe('null');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('takes what is nested as deep as anybody likes, and lists of any length', () => {
    const deep = `${'{"a":['.repeat(100_000)}1${']}'.repeat(100_000)}`;
    expect(canonicalJson(JSON.parse(deep))).toBe(deep);
    expect(canonicalJson(new Array(300_000).fill(1))).toHaveLength(600_001);
  });
});

describe('mergeJson', () => {
  test('merges objects and replaces everything else, without changing what it was given', () => {
    const under = { a: { b: 1, c: [1] }, d: 'x', e: { f: 1 } };
    expect(mergeJson(under, { a: { c: [2], g: null }, d: { h: 1 } })).toEqual({
      a: { b: 1, c: [2], g: null },
      d: { h: 1 },
      e: { f: 1 },
    });
    expect(under).toEqual({ a: { b: 1, c: [1] }, d: 'x', e: { f: 1 } });
  });

  test('takes what is nested as deep as anybody likes', () => {
    const deep = (end: string): JsonObject => JSON.parse(`${'{"a":'.repeat(100_000)}${end}${'}'.repeat(100_000)}`);
    const merged = mergeJson(deep('{"x":1}'), deep('{"y":2}'));
    expect(canonicalJson(merged)).toBe(canonicalJson(deep('{"x":1,"y":2}')));
  });
});
