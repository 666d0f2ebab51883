import { expect, test } from 'vitest';
import { customResourceDefinitions } from './crd.ts';

function paths(value: unknown, at: string, found: string[]): string[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, below] of Object.entries(value)) {
    found.push(`${at}.${key}`);
    paths(below, `${at}.${key}`, found);
  }
  return found;
}

function schemaOf(name: string): unknown {
  const found = customResourceDefinitions().find(({ metadata }) => metadata.name === name);
  const versions = found?.spec.versions as { schema: { openAPIV3Schema: unknown } }[] | undefined;
  return versions?.[0]?.schema.openAPIV3Schema;
}

test('every kind of the mesh file has a definition, and so has the key of the issuer', () => {
  expect(customResourceDefinitions().map(({ metadata }) => metadata.name)).toEqual([
    'meshes.isthmus.dev',
    'meshclusters.isthmus.dev',
    'meshservices.isthmus.dev',
    'wrappingkeys.isthmus.dev',
  ]);
});

test('nothing stands in a schema that a structural schema may not hold', () => {
  const all = paths(customResourceDefinitions(), '', []);
  expect(all.filter((path) => /\.(\$ref|definitions|anyOf|allOf|const|\$schema)$/.test(path))).toEqual([]);
});

test('settings of Istio pass through, unions take one key, lists say what they are', () => {
  const mesh = schemaOf('meshes.isthmus.dev');
  expect(mesh).toHaveProperty('properties.spec.properties.istio.properties.values', {
    type: 'object',
    description: 'Helm values, merged over those that Isthmus sets',
    'x-kubernetes-preserve-unknown-fields': true,
  });
  const cluster = schemaOf('meshclusters.isthmus.dev');
  expect(cluster).toHaveProperty('properties.spec.properties.controlPlane.x-kubernetes-validations', [
    {
      rule: '(has(self.own) ? 1 : 0) + (has(self.remoteOf) ? 1 : 0) + (has(self.externalOf) ? 1 : 0) == 1',
      message: 'must have exactly one of own, remoteOf, externalOf',
    },
  ]);
  expect(cluster).toHaveProperty('properties.spec.properties.access.x-kubernetes-validations', [
    {
      rule: '(has(self.context) || has(self.kubeconfig) ? 1 : 0) + (has(self.secret) ? 1 : 0) + (has(self.inCluster) ? 1 : 0) <= 1',
      message: 'must be one of a kubeconfig (context, kubeconfig), secret and inCluster',
    },
  ]);
  expect(cluster).toHaveProperty('properties.spec.properties.access.properties.inCluster.type', 'object');
  expect(cluster).toHaveProperty('properties.spec.properties.injectNamespaces.x-kubernetes-list-type', 'set');
  expect(cluster).toHaveProperty('properties.spec.properties.controlPlane.default', { own: {} });
});

test('no pattern needs what the regular expressions of an API server lack', () => {
  const patterns = JSON.stringify(customResourceDefinitions()).match(/"pattern":"(?:[^"\\]|\\.)*"/g) ?? [];
  expect(patterns.length).toBeGreaterThan(5);
  expect(patterns.filter((pattern) => /\(\?(?!:)|\\\\[1-9]/.test(pattern))).toEqual([]);
});
