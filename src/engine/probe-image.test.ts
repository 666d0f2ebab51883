import { expect, test } from 'vitest';
import { nodePorts } from '../node-ports.ts';
import { probeImageOf } from './probe-image.ts';

const pinned = `registry.example/isthmus@sha256:${'0'.repeat(64)}`;

test('throw-away pods run the image that was named, else the one that the build is pinned to', () => {
  expect(probeImageOf('mine:1', { version: '1', image: pinned })).toBe('mine:1');
  expect(probeImageOf(undefined, { version: '1', image: pinned })).toBe(pinned);
});

test('from source they run an image that no registry can have', () => {
  const { version, image } = nodePorts({});
  expect(image).toBeUndefined();
  expect(probeImageOf(undefined, { version })).toBe(`isthmus.invalid/isthmus:${version}`);
});
