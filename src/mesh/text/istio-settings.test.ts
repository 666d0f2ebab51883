import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../base/json.ts';
import { clusterOf, meshOf } from '../testing/mesh-documents.ts';
import { clusterText, stream } from '../testing/mesh-text.ts';
import { file, only } from '../testing/read-findings.ts';
import { readText } from './read-text.ts';

/** A file with these settings in the Mesh, and two clusters in the networks us and eu. */
function fileWith(istio: string): string {
  const mesh = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec:
  istio:
    version: "1.31"
${istio.replaceAll(/^/gm, '    ')}
`;
  return stream(mesh, clusterText('west'), clusterText('east').replace('network: us', 'network: eu'));
}

/** Nested maps around a value. */
function nested(path: string, value: Json): JsonObject {
  return path.split('.').reduceRight<Json>((inner, key) => ({ [key]: inner }), value) as JsonObject;
}

/** The same as a line of a block, with a flow map below its first key. */
function block(path: string, value: Json): string {
  const [[key, inner] = []] = Object.entries(nested(path, value));
  return `${key}: ${JSON.stringify(inner)}`;
}

test('a value that says otherwise than the file is found where it stands', () => {
  const finding = only(fileWith('values:\n  global:\n    network: network1'));
  expect(finding).toMatchObject({
    code: 'istio-contradiction',
    severity: 'error',
    message: 'Mesh shop: spec.istio.values.global.network is "network1", but the network is us in west, eu in east',
    remedy: 'remove it: Isthmus sets it from spec.network of each MeshCluster',
    at: { file, line: 9, column: 18, length: 'network1'.length },
  });
});

test.each([
  ['values.global.multiCluster.clusterName', 'cluster1', 'the cluster name is west in west, east in east'],
  ['values.global.meshID', 'mesh1', 'the mesh id is shop'],
  ['values.global.istioNamespace', 'mesh', "Istio's namespace is istio-system"],
  ['values.revision', '1-30', 'the revision is default'],
  ['values.pilot.env.CLUSTER_ID', 'cluster1', 'the cluster name is'],
  ['values.pilot.env.REVISION', 'canary', 'the revision is default'],
  ['values.env.CLUSTER_ID', 'cluster1', 'the cluster name is'],
  ['values.pilot.global.network', 'network1', 'the network is us in west, eu in east'],
  ['values.meshConfig.trustDomain', 'shop.example', 'the trust domain is cluster.local'],
  ['values.global.meshID', null, 'the mesh id is shop'],
  ['meshConfig.trustDomain', 'shop.example', 'the trust domain is cluster.local'],
  ['meshConfig.defaultConfig.meshId', 'mesh1', 'the mesh id is shop'],
  ['meshConfig.defaultConfig.proxyMetadata.ISTIO_META_NETWORK', 'network1', 'the network is us in west, eu in east'],
  ['meshConfig.defaultConfig.proxyMetadata.ISTIO_META_CLUSTER_ID', 'cluster1', 'the cluster name is'],
  ['meshConfig.discoverySelectors', [{ matchLabels: { mesh: 'on' } }], 'does not select istio-system'],
])('%s: %j contradicts', (path, value, words) => {
  const finding = only(fileWith(block(path, value)));
  expect(finding).toMatchObject({ code: 'istio-contradiction', at: { file, line: 7 } });
  expect(finding.message).toContain(`Mesh shop: spec.istio.${path} `);
  expect(finding.message).toContain(words);
});

test.each([
  ['values.global.caAddress', 'istio-csr.cert-manager.svc:443', 'lets "istio-csr.cert-manager.svc:443" sign'],
  ['values.pilot.env.ENABLE_CA_SERVER', 'false', 'keeps istiod from signing'],
  ['values.pilot.env.ENABLE_CA_SERVER', false, 'keeps istiod from signing'],
  ['values.pilot.env.EXTERNAL_CA', 'ISTIOD_RA_KUBERNETES_API', 'lets "ISTIOD_RA_KUBERNETES_API" sign'],
  ['meshConfig.ca.address', 'ca.example:443', 'lets "ca.example:443" sign'],
])('%s: %j is a CA outside', (path, value, words) => {
  const finding = only(fileWith(block(path, value)));
  expect(finding).toMatchObject({ code: 'ca-outside', at: { file, line: 7 } });
  expect(finding.message).toContain(words);
});

test.each([
  ['values.global.meshID', 'shop'],
  ['values.global.caAddress', ''],
  ['values.global.caAddress', 'istiod-1-30.istio-system.svc:15012'],
  ['values.pilot.env.ENABLE_CA_SERVER', 'true'],
  ['values.revision', ''],
  ['meshConfig.trustDomain', 'cluster.local'],
  ['meshConfig.discoverySelectors', []],
  ['meshConfig.discoverySelectors', [{ matchLabels: { 'kubernetes.io/metadata.name': 'istio-system' } }]],
  ['meshConfig.discoverySelectors', [{ matchExpressions: [{ key: 'off', operator: 'DoesNotExist' }] }]],
])('%s: %j is right', (path, value) => {
  expect(readText(fileWith(block(path, value)), file).findings).toEqual([]);
});

test("a MeshCluster's own setting counts for it, and the Mesh's for the others alone", () => {
  const spec = { istio: { version: '1.31', values: nested('global.network', 'us') } };
  const own = (network: string): JsonObject => ({
    network: 'eu',
    istio: { values: nested('global.network', network) },
  });
  const read = (network: string): readonly string[] =>
    readText(
      [meshOf(spec), clusterOf('west'), clusterOf('east', own(network))]
        .map((one) => JSON.stringify(one))
        .join('\n---\n'),
      file,
    ).findings.map(({ message }) => message);
  expect(read('eu')).toEqual([]);
  expect(read('asia')).toEqual(['MeshCluster east: spec.istio.values.global.network is "asia", but the network is eu']);
});
