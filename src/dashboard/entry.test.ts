import { expect, test } from 'vitest';
import { Entry } from './entry.ts';

function drawn(): () => string {
  let count = 0;
  return () => `drawn-${count++}`;
}

test('the key of the link lets one browser in, once', () => {
  const entry = new Entry(4321, drawn());
  expect(entry.redeem('drawn-1')).toBeUndefined();
  expect(entry.redeem('')).toBeUndefined();
  expect(entry.redeem(entry.key)).toBe('isthmus-4321=drawn-1; Path=/api; HttpOnly; SameSite=Strict');
  expect(entry.redeem(entry.key)).toBeUndefined();
});

test('the cookie is needed, and no part, prefix or key takes its place', () => {
  const entry = new Entry(4321, drawn());
  entry.redeem(entry.key);
  expect(entry.admits('a=b; isthmus-4321=drawn-1')).toBe(true);
  const others = [
    undefined,
    '',
    'isthmus-4321',
    'isthmus-4321=',
    'isthmus-4321=drawn-0',
    'isthmus-4321=drawn-',
    'isthmus-1=drawn-1',
  ];
  expect(others.filter((cookies) => entry.admits(cookies))).toEqual([]);
});
