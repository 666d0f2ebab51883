import { expect, test } from 'vitest';
import { type Field, kindsOfFile } from './fields.ts';

function at(path: string): Field | undefined {
  const [kind, ...names] = path.split('.');
  const start = kindsOfFile().find((one) => one.kind === kind)?.document;
  return names.reduce<Field | undefined>((field, name) => field?.fields.find((one) => one.name === name), start);
}

test('the kinds are known by the names that kubectl takes', () => {
  expect(kindsOfFile().map(({ kind, aliases }) => [kind, ...aliases])).toEqual([
    ['Mesh', 'meshes'],
    ['MeshCluster', 'meshclusters', 'mc'],
    ['MeshService', 'meshservices', 'ms'],
  ]);
});

test('a document has what a person writes, and no status', () => {
  expect(at('MeshCluster')?.fields.map(({ name }) => name)).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
});

test.each([
  ['MeshCluster.spec.network', { type: 'string', required: true, default: undefined }],
  ['MeshCluster.spec.gateway', { type: 'Object', required: false, default: '{"type":"LoadBalancer"}' }],
  ['MeshCluster.spec.gateway.type', { default: '"LoadBalancer"', limits: ['one of LoadBalancer, NodePort'] }],
  ['MeshCluster.spec.gateway.replicas', { type: 'integer', limits: ['1 to 100'] }],
  ['MeshCluster.spec.gateway.annotations', { type: 'map[string]string' }],
  ['MeshCluster.spec.controlPlane', { limits: ['must have exactly one of own, remoteOf, externalOf'] }],
  ['MeshService.spec.split', { type: 'map[string]integer', limits: expect.arrayContaining(['each: 0 to 100']) }],
  ['MeshService.spec.failover', { type: '[]Object', limits: ['1 to 16 entries'] }],
  ['MeshService.spec.failover.to', { type: 'string', required: true }],
  ['Mesh.spec.istio.values', { type: 'Object', fields: [] }],
])('%s', (path, expected) => {
  expect(at(path)).toMatchObject({ path, ...expected });
});

test('every field has a description', () => {
  const all = (field: Field): readonly Field[] => [field, ...field.fields.flatMap(all)];
  const fields = kindsOfFile().flatMap(({ document }) => all(document));
  expect(fields.length).toBeGreaterThan(50);
  expect(fields.filter(({ description }) => description === '').map(({ path }) => path)).toEqual([]);
});
