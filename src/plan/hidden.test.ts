import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { diffObjects } from './diff.ts';
import { isConfidential, withoutConfidential } from './hidden.ts';

const nested = (end: string): Json => JSON.parse(`${'{"a":'.repeat(20_000)}"${end}"${'}'.repeat(20_000)}`);

test('a change far down is named to a level that can be read, and shown no deeper than it can be written', () => {
  const object = (end: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x' },
    spec: nested(end),
  });
  const [change, ...others] = diffObjects(object('before'), object('after'));
  expect(others).toEqual([]);
  expect(change?.field).toBe(`spec${'.a'.repeat(63)}`);
  expect(JSON.stringify(change)).toContain('"(nested too deeply)"');
});

test('what must not be shown is hidden at any level', () => {
  expect(withoutConfidential({ a: [{ b: '-----BEGIN X' }] })).toEqual({ a: [{ b: '(hidden)' }] });
  expect(JSON.stringify(withoutConfidential(nested('-----BEGIN X')))).not.toContain('BEGIN');
});

test('a token is found wherever it stands, in a time that grows with the text', () => {
  const token = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/;
  const part = fc.constantFrom('eyJ', 'abcdefgh', '-', '.', ' ', 'x', 'é', '_', 'eyJabcdefgh', 'eyJabcdefgh.');
  const texts = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, (text) => isConfidential(text) === token.test(text)),
    { numRuns: 2_000 },
  );
  expect(isConfidential(`Bearer eyJhbGciOiJ9.eyJpc3MiOiJ9.c2ln${'x'.repeat(100)}`)).toBe(true);
  for (const text of ['-eyJabcdefghi', 'eyJabcdefghi.', 'a.', 'eyJ']) {
    expect(isConfidential(text.repeat(200_000))).toBe(text === 'eyJabcdefghi.');
  }
});
