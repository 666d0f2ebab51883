import { expect, test } from 'vitest';
import { oncePer, remember } from './memo.ts';

test('a value is made for a key that has none, and kept', () => {
  const lists = new Map<string, number[]>();
  remember(lists, 'a', () => []).push(1);
  remember(lists, 'a', () => []).push(2);
  remember(lists, 'b', () => []).push(3);
  expect([...lists]).toEqual([
    ['a', [1, 2]],
    ['b', [3]],
  ]);
});

test('a result is computed once for each object, undefined included', () => {
  const asked: object[] = [];
  const nothing = oncePer((key: object): undefined => {
    asked.push(key);
  });
  const [one, other] = [{}, {}];
  for (const key of [one, other, one]) expect(nothing(key)).toBeUndefined();
  expect(asked).toEqual([one, other]);
});
