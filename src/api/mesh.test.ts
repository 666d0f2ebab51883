import { expect, test } from 'vitest';
import { mesh } from './mesh.ts';

function accepts(charts: string): boolean {
  const istio = { version: '1.31', renderer: 'Helm', charts };
  return mesh.safeParse({
    ...{ apiVersion: 'isthmus.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio } },
  }).success;
}

test.each([
  'https://charts.example.com/istio',
  'http://127.0.0.1:8879',
  'oci://registry.example.com/istio',
  './charts',
  '/opt/charts',
  'charts of ours',
])('charts may be %s', (charts) => {
  expect(accepts(charts)).toBe(true);
});

test.each(['--post-renderer=./evil', '-x', 'file:///etc', 'git+https://a', 'a\n--b', ''])(
  'charts may not be %j, which helm could take for something else',
  (charts) => {
    expect(accepts(charts)).toBe(false);
  },
);
