import { describe, expect, test } from 'vitest';
import { programFile } from './build.ts';
import { cacheKey } from './cache-key.ts';
import { cacheFolder } from './tool-paths.ts';

describe('key of a build', () => {
  test('does not depend on the order of the inputs', () => {
    expect(cacheKey({ a: '1', b: '2' })).toBe(cacheKey({ b: '2', a: '1' }));
  });

  test('changes with any text or name', () => {
    const keys = [
      { a: '1', b: '2' },
      { a: '1', b: '3' },
      { a: '1', c: '2' },
      { a: '1' },
      { a: '12', b: '' },
      { a: '', b: '12' },
    ];
    expect(new Set(keys.map(cacheKey)).size).toBe(keys.length);
  });

  test('is a short folder name', () => {
    expect(cacheKey({})).toMatch(/^[0-9a-f]{16}$/);
  });
});

test('the cache lies where the environment says, else in the home folder', () => {
  expect(cacheFolder({ ISTHMUS_LAB_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/isthmus-lab');
  expect(cacheFolder({})).toMatch(/\.cache\/isthmus-lab$/);
});

test.each([
  ['go.etcd.io/etcd/server/v3', 'server'],
  ['k8s.io/kubernetes/cmd/kubelet', 'kubelet'],
  ['github.com/containerd/containerd/v2/cmd/ctr', 'ctr'],
])('go build writes %s to %s', (path, file) => {
  expect(programFile(path)).toBe(file);
});
