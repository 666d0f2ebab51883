import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortName } from './short-name.ts';

test('a name within the limit stays as it is', () => {
  expect(shortName('server-west')).toBe('server-west');
  expect(shortName('a'.repeat(63))).toBe('a'.repeat(63));
});

test('a long name keeps its beginning and stays a DNS label', () => {
  const name = `client-${'a'.repeat(44)}-${'b'.repeat(18)}`;
  expect(shortName(name)).toBe(`client-${'a'.repeat(44)}-${shortName(name).slice(-10)}`);
  expect(shortName(name)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
});

test('long names that differ anywhere stay different', () => {
  const long = fc.stringMatching(/^[a-z0-9]{64,80}$/);
  fc.assert(
    fc.property(long, long, (one, other) => {
      expect(shortName(one).length).toBeLessThanOrEqual(63);
      expect(shortName(one) === shortName(other)).toBe(one === other);
    }),
  );
  expect(shortName(`${'a'.repeat(70)}1`)).not.toBe(shortName(`${'a'.repeat(70)}2`));
});
