import { expect, test } from 'vitest';
import { sourceFlags } from './source-flags.ts';

test('a proposed command names the mesh so that a shell takes it', () => {
  expect(sourceFlags({ file: 'mesh.yaml' })).toBe('-f mesh.yaml');
  expect(sourceFlags({ file: "my mesh's.yaml" })).toBe("-f 'my mesh'\\''s.yaml'");
  expect(sourceFlags({ home: 'arn:aws:eks/one' })).toBe('--home arn:aws:eks/one');
  expect(sourceFlags({})).toBe('');
});

test('standard input was read already: the reader has its file', () => {
  expect(sourceFlags({ file: '-' })).toBe('-f FILE');
});
