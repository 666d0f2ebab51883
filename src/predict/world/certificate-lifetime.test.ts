import { expect, test } from 'vitest';
import { seconds } from './certificate-lifetime.ts';

test.each([
  ['24h0m0s', 86_400],
  ['90m', 5400],
  ['1h30m', 5400],
  ['1.5h', 5400],
  ['', undefined],
  ['24', undefined],
  ['day', undefined],
])('%s in seconds', (text, expected) => {
  expect(seconds(text)).toBe(expected);
});
