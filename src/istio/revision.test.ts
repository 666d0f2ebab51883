import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import { istiodExposure } from './exposure.ts';
import { controlPlaneRevision, injectedBy, injectionLabels, istiodOf } from './revision.ts';

function object(name: string, labels: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels } };
}

test('only a revision with a name changes the name of istiod', () => {
  expect(istiodOf('default')).toBe('istiod');
  expect(istiodOf('1-31-0')).toBe('istiod-1-31-0');
});

test('a namespace is injected by the revision whose labels it has', () => {
  for (const revision of ['default', 'green']) expect(injectedBy(injectionLabels(revision))).toBe(revision);
  expect(injectedBy(undefined)).toBeUndefined();
});

test('istio-injection wins over istio.io/rev', () => {
  expect(injectedBy({ 'istio-injection': 'enabled', 'istio.io/rev': 'green' })).toBe('default');
  expect(injectedBy({ 'istio-injection': 'disabled', 'istio.io/rev': 'green' })).toBeUndefined();
});

test.each([
  ['istiod', { app: 'istiod' }, 'default'],
  ['istiod-green', { app: 'istiod' }, 'green'],
  ['istiod-clusterrole-istio-system', { app: 'istiod' }, 'default'],
  ['istiod-clusterrole-1-31-0-istio-system', { app: 'istiod' }, '1-31-0'],
  ['istiod-gateway-controller-istio-system', { app: 'istiod' }, 'default'],
  ['istiod-gateway-controller-green-istio-system', { app: 'istiod' }, 'green'],
  ['istio-sidecar-injector-green', { app: 'sidecar-injector', 'istio.io/rev': 'green' }, 'green'],
  ['istio', { 'istio.io/rev': 'default' }, 'default'],
])('%s %o is of the control plane of %s', (name, labels, revision) => {
  expect(controlPlaneRevision(object(name, labels))).toBe(revision);
});

test.each([
  ['istio-eastwestgateway', { istio: 'eastwestgateway', 'istio.io/rev': 'green' }],
  ['isthmus-reader', {}],
  ['istiodian', { app: 'other' }],
])('%s is of no control plane', (name, labels) => {
  expect(controlPlaneRevision(object(name, labels))).toBeUndefined();
});

test('the way of remotes to an istiod goes with its revision', () => {
  const found = ['default', 'green', 'vs'].map((revision) =>
    istiodExposure(revision).map((object) => controlPlaneRevision(object)),
  );
  expect(found).toEqual([
    ['default', 'default'],
    ['green', 'green'],
    ['vs', 'vs'],
  ]);
});
