import { expect, test } from 'vitest';
import { apiVersion } from '../api/mesh.ts';
import type { JsonObject } from '../base/json.ts';
import { readText } from '../mesh/text/read-text.ts';
import type { KubeObject } from '../objects/object.ts';
import { homeDocuments } from './documents.ts';
import { declaresTheSame } from './same-document.ts';

const text = `apiVersion: ${apiVersion}
kind: Mesh
metadata: { name: shop }
spec: { istio: { version: "1.31" } }
---
apiVersion: ${apiVersion}
kind: MeshCluster
metadata: { name: west }
spec: { network: us, injectNamespaces: [sample] }
---
apiVersion: ${apiVersion}
kind: MeshService
metadata: { name: cart, namespace: sample }
spec: { scope: Cluster }
`;

function wanted(): readonly KubeObject[] {
  const { declared } = readText(text, 'mesh.yaml');
  if (declared === undefined) throw new Error('no mesh');
  return homeDocuments(declared);
}

/** As kubectl stored it: without defaults and without labels. */
function stored(kind: string, spec: JsonObject): KubeObject {
  const of = wanted().find((one) => one.kind === kind);
  return {
    apiVersion,
    kind,
    metadata: { name: of?.metadata.name ?? '', namespace: of?.metadata.namespace ?? '' },
    spec,
  };
}

test.each([
  ['Mesh', { istio: { version: '1.31' } }, { istio: { version: '1.30' } }],
  ['Mesh', { istio: { version: '1.31' }, home: 'west' }, { istio: { version: '1.31' }, home: 'east' }],
  ['MeshCluster', { network: 'us', injectNamespaces: ['sample'] }, { network: 'us' }],
  ['MeshCluster', { injectNamespaces: ['sample'], network: 'us', access: {} }, { network: 'eu' }],
  ['MeshService', { scope: 'Cluster' }, {}],
] as const)('a %s with %j declares what the file does, one with %j does not', (kind, same, other) => {
  const document = wanted().find((one) => one.kind === kind) as KubeObject;
  expect(declaresTheSame(document, stored(kind, same))).toBe(true);
  expect(declaresTheSame(document, stored(kind, other))).toBe(false);
});

test('what is no document declares nothing', () => {
  const [document] = wanted() as [KubeObject];
  expect(declaresTheSame(document, { ...document, spec: { istio: 'x' } })).toBe(false);
  expect(declaresTheSame({ ...document, kind: 'Secret' }, { ...document, kind: 'Secret' })).toBe(false);
});
