import { describe, expect, test } from 'vitest';
import { istiodSkew, kubernetesSkew, proxySkew } from './skew.ts';

function istiod(version: string | undefined, revision = 'default'): Parameters<typeof istiodSkew>[1][number] {
  return { cluster: 'west', revision, version };
}

describe('istiods of one mesh', () => {
  test.each(['1.30.4', '1.31.0', '1.31.5', '1.32.0', 'my-build', undefined])(
    '1.31.0 may stand beside %s',
    (version) => {
      expect(istiodSkew('1.31.0', [istiod(version)])).toEqual([]);
    },
  );

  test('more than one minor version apart is reported for each, with the next step', () => {
    expect(istiodSkew('1.31.0', [istiod('1.29.2'), istiod('1.33.0', 'canary'), istiod('1.30.0')])).toEqual([
      'west: istiod is version 1.29.2, which is more than one minor version from 1.31.0: go through 1.30',
      'west: the istiod of revision canary is version 1.33.0, which is more than one minor version from 1.31.0: go through 1.32',
    ]);
  });
});

test.each([
  ['1.31.0', '1.31.2', undefined],
  ['1.31.0', '1.30.0', undefined],
  ['1.31.0', '1.29.9', 'TooOld'],
  ['1.30.0', '1.31.0', 'TooNew'],
  ['1.31.0', undefined, undefined],
])('istiod %s and a proxy of %s: %s', (control, data, expected) => {
  expect(proxySkew(control, data)).toBe(expected);
});

test.each([
  ['1.31.0', 'v1.32.0', undefined],
  ['1.31.0', 'v1.31.9+k3s1', 'Istio 1.31.0 needs Kubernetes 1.32 or later, and this is v1.31.9+k3s1'],
  ['1.32.0', 'v1.31.0', 'Istio 1.32.0 needs Kubernetes 1.32 or later, and this is v1.31.0'],
  ['1.25.0', 'v1.20.0', undefined],
  ['1.31.0', 'unknown', undefined],
])('Istio %s on Kubernetes %s: %s', (istio, kubernetes, expected) => {
  expect(kubernetesSkew(istio, kubernetes)).toBe(expected);
});
