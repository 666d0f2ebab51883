import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiVersion } from '../../api/mesh.ts';
import { isJsonObject, type Json, type JsonObject, mergeJson } from '../../base/json.ts';
import { clusterOf, codesOf, meshOf, serviceOf, textOf } from '../testing/mesh-documents.ts';
import { readText } from '../text/read-text.ts';
import { checkDocuments } from './check-documents.ts';

describe('limits', () => {
  const nested = (depth: number): Json => Array.from({ length: depth }).reduce<Json>((inner) => ({ a: inner }), 1);

  test.each<[string, Json]>([
    ['deep nesting', nested(70)],
    ['very deep nesting', nested(20_000)],
    ['too many values', Array.from({ length: 100_001 }, () => 1)],
  ])('%s is refused, and its cluster is not called missing', (_, values) => {
    const documents = [meshOf(), clusterOf('west', { istio: { values: { values } } })];
    expect(fieldsOf(documents)).toEqual(['yaml-limit spec.istio']);
  });

  test('nesting that a file may have is taken', () => {
    const documents = [meshOf(), clusterOf('west', { istio: { values: { values: nested(60) } } })];
    expect(fieldsOf(documents)).toEqual([]);
    expect(readText(textOf(documents), 'mesh.yaml').findings).toEqual([]);
  });

  test('a number that JSON cannot hold is refused', () => {
    expect(fieldsOf([meshOf(), clusterOf('west', { istio: { values: { a: Number.NaN } } })])).toEqual([
      'value-invalid spec.istio.values.a',
    ]);
  });
});

describe('laws', () => {
  const right: readonly JsonObject[] = [
    meshOf({ home: 'west', trust: { domain: 'shop' } }),
    clusterOf('west', { access: { context: 'a' }, injectNamespaces: ['sample'], gateway: { replicas: 2 } }),
    clusterOf('east', { controlPlane: { remoteOf: 'west' } }),
    serviceOf({ split: { west: 90, east: 10 } }),
  ];
  const words = [
    'west',
    'east',
    'south',
    'kind',
    'spec',
    'name',
    'Mesh',
    'MeshCluster',
    '1.31',
    apiVersion,
    '__proto__',
  ];
  const value = fc.oneof(
    fc.constantFrom<Json>(...words, null, true, 90, 1.5, {}, []),
    fc.jsonValue() as fc.Arbitrary<Json>,
  );

  /** A document in which the value of one key, at any depth, is another one or gone, or that has one key more. */
  const changed = fc
    .tuple(fc.constantFrom(...right), fc.nat(), fc.option(value, { nil: undefined }), fc.constantFrom(...words))
    .map(([document, at, other, added]) => changeAt(document, { at, other, added }));
  const documents = fc.array(fc.oneof(fc.constantFrom(...right), changed, fc.dictionary(fc.string(), value)), {
    minLength: 1,
    maxLength: 6,
  });

  test('documents that came from a text have as many findings, of the same codes, as the text', () => {
    fc.assert(
      fc.property(documents, (list) => {
        const [asData, asText] = [checkDocuments(list), readText(textOf(list), 'mesh.yaml')];
        expect(codesOf(asData)).toEqual(codesOf(asText));
        expect(asData.declared).toEqual(asText.declared);
      }),
      { numRuns: 300 },
    );
  });

  test('every finding names an object that is among the documents, or none', () => {
    fc.assert(
      fc.property(documents, (list) => {
        for (const { at } of checkDocuments(list).findings) {
          const isKnown = list.some(
            ({ kind }) => at === undefined || ('kind' in at && (kind === at.kind || at.kind === '')),
          );
          expect(isKnown).toBe(true);
        }
      }),
    );
  });
});

interface Change {
  readonly at: number;
  readonly other: Json | undefined;
  readonly added: string;
}

function pathsOf(value: Json | undefined, path: readonly string[] = []): readonly (readonly string[])[] {
  if (!isJsonObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, below]) => pathsOf(below, [...path, key]))];
}

function changeAt(document: JsonObject, { at, other, added }: Change): JsonObject {
  const paths = pathsOf(document);
  const path = paths[at % paths.length] ?? [];
  const [key = added, ...above] = path.toReversed();
  return mergeJson(document, nestedIn(above, { [key]: other }));
}

function nestedIn(keys: readonly string[], innermost: JsonObject): JsonObject {
  return keys.reduce<JsonObject>((inner, key) => ({ [key]: inner }), innermost);
}

/** Each finding as its code and its field. */
function fieldsOf(documents: readonly JsonObject[]): readonly string[] {
  return checkDocuments(documents).findings.map(({ code, at }) => {
    return at === undefined || 'file' in at ? code : `${code} ${at.field}`;
  });
}
