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

test('every kind of the mesh file has a definition, and so have shifts and the key of the issuer', () => {
  expect(customResourceDefinitions().map(({ metadata }) => metadata.name)).toEqual([
    'meshes.isthmus.dev',
    'meshclusters.isthmus.dev',
    'meshservices.isthmus.dev',
    'meshshifts.isthmus.dev',
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
});

test('no field has a default, which an API server would write into what others apply', () => {
  expect(paths(customResourceDefinitions(), '', []).filter((path) => path.endsWith('.default'))).toEqual([]);
});

test('kubectl get shows a cluster in one line, and names its columns without blanks', () => {
  const columnsOf = (name: string): readonly { readonly name: string; readonly priority?: number }[] => {
    const found = customResourceDefinitions().find(({ metadata }) => metadata.name === name);
    const versions = found?.spec.versions as { additionalPrinterColumns: { name: string; priority?: number }[] }[];
    return versions[0]?.additionalPrinterColumns ?? [];
  };
  const shown = columnsOf('meshclusters.isthmus.dev').filter(({ priority }) => priority === undefined);
  expect(shown.map(({ name }) => name.toUpperCase())).toEqual([
    'NETWORK',
    'CONTROL-PLANE',
    'STATUS',
    'PEERS',
    'GATEWAYS',
    'CERT-LEFT',
    'AGE',
  ]);
  const all = ['meshes', 'meshservices', 'wrappingkeys'].flatMap((plural) => columnsOf(`${plural}.isthmus.dev`));
  expect(all.filter(({ name }) => name.includes(' '))).toEqual([]);
});

test('no pattern needs what the regular expressions of an API server lack', () => {
  const patterns = JSON.stringify(customResourceDefinitions()).match(/"pattern":"(?:[^"\\]|\\.)*"/g) ?? [];
  expect(patterns.length).toBeGreaterThan(5);
  expect(patterns.filter((pattern) => /\(\?(?!:)|\\\\[1-9]/.test(pattern))).toEqual([]);
});

test('the status of a MeshCluster has its conditions by type, and generations of 64 bits', () => {
  const status = schemaOf('meshclusters.isthmus.dev');
  expect(status).toHaveProperty('properties.status.properties.observedGeneration.format', 'int64');
  expect(status).toHaveProperty('properties.status.properties.conditions.x-kubernetes-list-map-keys', ['type']);
  expect(status).toHaveProperty('properties.status.properties.conditions.items.required', [
    'type',
    'status',
    'reason',
    'message',
    'lastTransitionTime',
  ]);
  expect(schemaOf('meshes.isthmus.dev')).toHaveProperty('properties.status.properties.conditions.maxItems', 32);
});
