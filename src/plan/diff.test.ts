import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { appliedAnnotation } from '../objects/ownership.ts';
import { diffObjects } from './diff.ts';

function deployment(spec: JsonObject, metadata: JsonObject = {}): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', ...metadata }, spec };
}

function secret(
  data: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', annotations }, type: 'Opaque', data };
}

describe('diffObjects', () => {
  test('names each field that differs, with both values', () => {
    const before = deployment({ replicas: 2, paused: true, template: { spec: { priority: 1 } } });
    const after = deployment({ replicas: 1, template: { spec: { priority: 1, host: 'a' } } });
    expect(diffObjects(before, after)).toEqual([
      { field: 'spec.paused', before: true },
      { field: 'spec.replicas', before: 2, after: 1 },
      { field: 'spec.template.spec.host', after: 'a' },
    ]);
  });

  test('takes list items by their name, whatever their order and number', () => {
    const before = deployment({ containers: [{ name: 'a', image: '1' }, { name: 'b' }] });
    const after = deployment({ containers: [{ name: 'c' }, { name: 'a', image: '2' }] });
    expect(diffObjects(before, after)).toEqual([
      { field: 'spec.containers[a].image', before: '1', after: '2' },
      { field: 'spec.containers[b].name', before: 'b' },
      { field: 'spec.containers[c].name', after: 'c' },
    ]);
  });

  test('shows a list whose items have no name as a whole, or by position where there are as many', () => {
    const one = deployment({ args: ['x'], hosts: [{ to: 'a' }] });
    const two = deployment({ args: ['x', 'y'], hosts: [{ to: 'b' }] });
    expect(diffObjects(one, two)).toEqual([
      { field: 'spec.args', before: ['x'], after: ['x', 'y'] },
      { field: 'spec.hosts[0].to', before: 'a', after: 'b' },
    ]);
    const named = [{ name: 'a' }, { name: 'b' }];
    expect(diffObjects(deployment({ items: named }), deployment({ items: named.toReversed() }))).toHaveLength(1);
  });

  test('passes over what the server keeps for itself and over our own note', () => {
    const live = deployment(
      { replicas: 1 },
      { uid: 'u', resourceVersion: '7', managedFields: [], annotations: { [appliedAnnotation]: 'old' } },
    );
    expect(diffObjects({ ...live, status: { replicas: 1 } }, deployment({ replicas: 1 }))).toEqual([]);
  });

  test('never shows the content of a Secret, not even as kubectl copies it', () => {
    const before = secret(
      { key: 'b2xk', gone: 'Z29uZQ==' },
      { 'kubectl.kubernetes.io/last-applied-configuration': 'old' },
    );
    const after = secret({ key: 'bmV3', added: 'bmV3' }, { 'kubectl.kubernetes.io/last-applied-configuration': 'new' });
    expect(diffObjects(before, after)).toEqual([
      { field: 'data.added', after: '(hidden)' },
      { field: 'data.gone', before: '(hidden)' },
      { field: 'data.key', before: '(hidden)', after: '(hidden)' },
      {
        field: 'metadata.annotations.kubectl.kubernetes.io/last-applied-configuration',
        before: '(hidden)',
        after: '(hidden)',
      },
    ]);
  });

  test('never shows the key that encrypts the issuer, whatever form it has', () => {
    const holding = (key: string): KubeObject => ({
      apiVersion: 'isthmus.dev/v1alpha1',
      kind: 'WrappingKey',
      metadata: { name: 'isthmus-issuer' },
      spec: { key },
    });
    expect(diffObjects(holding('one'), holding('other'))).toEqual([
      { field: 'spec.key', before: '(hidden)', after: '(hidden)' },
    ]);
  });

  test('hides certificates and tokens wherever they stand', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB';
    const after = deployment({
      list: [{ bundle: pem }, {}],
      encoded: btoa(pem),
      jwt: 'eyJhbGciOiJSUzI1NiIs.eyJpc3MiOiJrdWJl.c2ln',
    });
    expect(diffObjects(deployment({}), after).filter(({ after: value }) => value !== '(hidden)')).toEqual([
      { field: 'spec.list', after: [{ bundle: '(hidden)' }, {}] },
    ]);
  });

  test('no difference exactly where the values are equal', () => {
    const value: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(diffObjects(deployment({ value: a }), deployment({ value: a }))).toEqual([]);
        const differ = JSON.stringify(a) !== JSON.stringify(b);
        if (!differ) return;
        const found = diffObjects(deployment({ value: a }), deployment({ value: b }));
        expect(found.length > 0 || sortedText(a) === sortedText(b)).toBe(true);
      }),
    );
  });
});

function sortedText(value: Json): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
