import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { apiVersion } from '../../api/mesh.ts';
import type { ObjectPath } from '../../base/finding.ts';
import type { JsonObject } from '../../base/json.ts';
import { clusterOf, codesOf, meshOf, serviceOf, textOf } from '../testing/mesh-documents.ts';
import { readText } from '../text/read-text.ts';
import { checkDocuments } from './check-documents.ts';

/** `MeshCluster sample/west spec.network`. */
function shown(path: ObjectPath): string {
  const owner = path.namespace === undefined ? path.name : `${path.namespace}/${path.name}`;
  return [path.kind, owner, path.field].filter((word) => word !== '').join(' ');
}

/** Each finding as its code and its place. */
function placesOf(documents: readonly JsonObject[]): readonly string[] {
  return checkDocuments(documents).findings.map(({ code, at }) => {
    if (at === undefined) return code;
    return 'file' in at ? `${code} in a file` : `${code} ${shown(at)}`;
  });
}

const west = clusterOf('west');
const east = clusterOf('east');

describe('documents without mistakes', () => {
  test.each(['adopt', 'bookinfo', 'external', 'mixed', 'one-network', 'own-ca', 'primary-remote', 'two-networks'])(
    'the example %s declares the same mesh as data and as text',
    (name) => {
      const text = readFileSync(new URL(`../../../examples/${name}/mesh.yaml`, import.meta.url), 'utf8');
      const documents = parseAllDocuments(text).map((document) => document.toJS() as JsonObject);
      const reading = checkDocuments(documents);
      expect(reading).toEqual(readText(text, 'mesh.yaml'));
      expect(reading.declared?.mesh.metadata.name).toBeDefined();
    },
  );

  test('a key whose value is undefined is left out', () => {
    expect(checkDocuments([meshOf({ home: undefined }), clusterOf('west', { surprise: undefined })]).findings).toEqual(
      [],
    );
  });
});

describe('the same mistake has the same code in a text and in data, where it names its object and field', () => {
  test.each<[string, readonly JsonObject[], readonly string[]]>([
    ['no Mesh', [west], ['mesh-missing']],
    ['no MeshCluster', [meshOf()], ['cluster-missing']],
    ['two Meshes', [meshOf(), meshOf(), west], ['mesh-duplicate Mesh shop kind']],
    ['two clusters of one name', [meshOf(), west, west], ['cluster-duplicate MeshCluster west metadata.name']],
    [
      'two clusters of one context',
      [meshOf(), west, clusterOf('east', { access: { context: 'west' } })],
      ['access-duplicate MeshCluster east spec.access.context'],
    ],
    ['an unknown home', [meshOf({ home: 'wset' }), west], ['home-unknown Mesh shop spec.home']],
    [
      'an istiod in an unknown cluster',
      [meshOf(), clusterOf('west', { controlPlane: { remoteOf: 'south' } })],
      ['cluster-unknown MeshCluster west spec.controlPlane.remoteOf'],
    ],
    [
      'an istiod in the cluster itself',
      [meshOf(), clusterOf('west', { controlPlane: { externalOf: 'west' } })],
      ['control-plane-unusable MeshCluster west spec.controlPlane.externalOf'],
    ],
    ['an unknown key', [meshOf(), clusterOf('west', { zone: 1 })], ['key-unknown MeshCluster west spec.zone']],
    [
      'a misspelt required key',
      [meshOf(), { apiVersion, kind: 'MeshCluster', metadata: { name: 'west' }, spec: { netwrok: 'us' } }],
      ['key-unknown MeshCluster west spec.netwrok'],
    ],
    [
      'a missing key',
      [meshOf(), { apiVersion, kind: 'MeshCluster', metadata: { name: 'west' }, spec: {} }],
      ['value-missing MeshCluster west spec.network'],
    ],
    ['a key without value', [meshOf({ drift: null }), west], ['value-missing Mesh shop spec.drift']],
    [
      'a number for a text',
      [meshOf({ istio: { version: 1.31 } }), west],
      ['value-invalid Mesh shop spec.istio.version'],
    ],
    [
      'an entry of a list',
      [meshOf(), clusterOf('west', { injectNamespaces: ['sample', 'Sample'] })],
      ['value-invalid MeshCluster west spec.injectNamespaces[1]'],
    ],
    [
      'a union of two keys',
      [meshOf({ trust: { issuer: { generated: {}, secret: 'ca' } } }), west],
      ['value-invalid Mesh shop spec.trust.issuer'],
    ],
    ['no kind', [meshOf(), west, { apiVersion, metadata: { name: 'a' } }], ['value-missing a kind']],
    ['an unknown kind', [meshOf(), west, { apiVersion, kind: 'Mush' }], ['kind-unknown Mush kind']],
    ['no apiVersion', [meshOf(), { ...west, apiVersion: null }], ['value-missing MeshCluster west apiVersion']],
    [
      'an unknown apiVersion',
      [meshOf(), { ...west, apiVersion: 'isthmus.dev/v1' }],
      ['api-version-unknown MeshCluster west apiVersion'],
    ],
    [
      'shares that are not 100',
      [meshOf(), west, serviceOf({ split: { west: 90 } })],
      ['split-sum MeshService sample/reviews spec.split'],
    ],
    [
      'a share of an unknown cluster',
      [meshOf(), west, serviceOf({ split: { west: 90, wset: 10 } })],
      ['cluster-unknown MeshService sample/reviews spec.split.wset'],
    ],
    [
      'a failover to an unknown cluster',
      [meshOf(), west, east, serviceOf({ failover: [{ to: 'west' }, { to: 'south' }] })],
      ['cluster-unknown MeshService sample/reviews spec.failover[1].to'],
    ],
    [
      'a service that stays in its cluster and fails over',
      [meshOf(), west, serviceOf({ scope: 'Cluster', failover: [{ to: 'west' }] })],
      ['service-contradiction MeshService sample/reviews spec.failover'],
    ],
    ...(
      [
        ['a preference beside a split', { split: { west: 100 }, prefer: 'Locality' }, 'prefer'],
        ['a preference for a service that stays', { scope: 'Cluster', prefer: 'Locality' }, 'prefer'],
        ['splitBy without a split', { splitBy: 'Network' }, 'splitBy'],
        ['a label of versions for a split by cluster', { split: { west: 100 }, versionLabel: 'track' }, 'versionLabel'],
        ['versions of one subset', { splitBy: 'Version', split: { 'v1.0': 50, 'V1-0': 50 } }, 'split'],
        ['a mode without others', { failoverMode: 'OnReadiness' }, 'failoverMode'],
        ['Manual without active', { failover: [{ to: 'west' }], failoverMode: 'Manual' }, 'failoverMode'],
        ['active without Manual', { failover: [{ to: 'west' }], active: 'west' }, 'active'],
        [
          'Manual for a pattern',
          { host: '*.shop', failover: [{ to: 'west' }], failoverMode: 'Manual', active: 'west' },
          'failoverMode',
        ],
        [
          'Manual by preference',
          { failover: [{ to: 'west' }], prefer: 'Cluster', failoverMode: 'Manual', active: 'west' },
          'prefer',
        ],
      ] as const
    ).map(([what, spec, key]): [string, readonly JsonObject[], readonly string[]] => [
      what,
      [meshOf(), west, serviceOf(spec)],
      [`service-contradiction MeshService sample/reviews spec.${key}`],
    ]),
    [
      'a share of an unknown network',
      [meshOf(), west, serviceOf({ splitBy: 'Network', split: { ue: 100 } })],
      ['network-unknown MeshService sample/reviews spec.split.ue'],
    ],
    [
      'an active cluster that is not declared',
      [meshOf(), west, serviceOf({ failover: [{ to: 'west' }], failoverMode: 'Manual', active: 'wset' })],
      ['cluster-unknown MeshService sample/reviews spec.active'],
    ],
    [
      'two ways to prefer what is near',
      [meshOf({ istio: { version: '1.31', meshConfig: { localityLbSetting: {}, zoneAwareLbSetting: {} } } }), west],
      ['istio-contradiction Mesh shop spec.istio.meshConfig.zoneAwareLbSetting'],
    ],
    [
      'a reserved key',
      [meshOf(), clusterOf('west', { istio: { values: JSON.parse('{"__proto__": 1}') } })],
      ['key-unknown MeshCluster west spec.istio.values.__proto__'],
    ],
    [
      'mistakes in several documents, in the order of the documents',
      [meshOf({ drift: 'Never' }), clusterOf('west', { zone: 1 }), clusterOf('West')],
      [
        'value-invalid Mesh shop spec.drift',
        'key-unknown MeshCluster west spec.zone',
        'value-invalid MeshCluster West metadata.name',
      ],
    ],
  ])('%s', (_, documents, places) => {
    expect(placesOf(documents)).toEqual(places);
    expect(codesOf(readText(textOf(documents), 'mesh.yaml'))).toEqual(codesOf(checkDocuments(documents)));
  });
});

describe('words for data', () => {
  const words = (...documents: readonly JsonObject[]): unknown =>
    checkDocuments(documents).findings.map(({ message, remedy }) => `${message}: ${remedy}`);

  test('name no file, line or YAML', () => {
    expect(words(west)).toEqual(['there is no Mesh among the documents: add a document with kind: Mesh']);
    expect(words(meshOf({ istio: { version: 1.31 } }), west)).toEqual([
      'Mesh shop: spec.istio.version must be a text, found the number 1.31: write it as a text: version: "1.31"',
    ]);
  });

  test('name the first of two by its kind and name', () => {
    expect(words(meshOf(), west, clusterOf('east', { access: { context: 'west' } }))).toEqual([
      'MeshCluster east and west are the same cluster: context west: set spec.access.context of one of them; the first is MeshCluster west',
    ]);
    expect(words(meshOf(), meshOf({}, { metadata: { name: 'eu' } }), west)).toEqual([
      'a second Mesh, eu; a set of documents declares one mesh: remove one of the two; the first is Mesh shop',
    ]);
    const { metadata: _, ...nameless } = meshOf();
    expect(words(nameless, meshOf(), west)).toContainEqual(expect.stringContaining('the first is document 1'));
  });
});
