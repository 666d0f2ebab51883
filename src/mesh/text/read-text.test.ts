import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { positionOf } from '../../base/finding.ts';
import { clusterText, meshText, stream } from '../testing/mesh-text.ts';
import { file } from '../testing/read-findings.ts';
import { readText } from './read-text.ts';

describe('a right mesh file', () => {
  test('is declared with its defaults, the clusters in their order and the first as home', () => {
    const text = readFileSync(new URL('../../../examples/two-networks/mesh.yaml', import.meta.url), 'utf8');
    const { declared, findings } = readText(text, file);
    expect(findings).toEqual([]);
    expect(declared?.clusters.map(({ metadata }) => metadata.name)).toEqual(['west', 'east']);
    expect(declared?.home).toBe(declared?.clusters[0]);
    expect(declared?.mesh.spec.trust.intermediate.lifetime).toBe('8760h');
  });

  test('names its home', () => {
    const text = stream(`${meshText}  home: east\n`, clusterText('west'), clusterText('east'));
    expect(readText(text, file).declared?.home.metadata.name).toBe('east');
  });

  test('may have a BOM, CRLF line ends, comments, anchors and any order of documents', () => {
    const cluster = clusterText('west', '  injectNamespaces: &n [sample]\n');
    const other = clusterText('east', '  istio: {values: {a: &v {b: 1}, c: *v}}\n');
    const text = `\uFEFF# clusters first\n${stream(cluster, meshText, other)}`.replaceAll('\n', '\r\n');
    const { declared, findings } = readText(text, file);
    expect(findings).toEqual([]);
    expect(declared?.clusters[1]?.spec.istio?.values).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });
});

describe('laws', () => {
  const fragment = fc.constantFrom(
    ...[
      '---\n',
      '\n',
      ': ',
      '- ',
      '  ',
      '\t',
      '"',
      "'",
      '&a ',
      '*a',
      '{',
      '}',
      '[',
      ']',
      '#',
      '|\n',
      '!!',
      '%',
      '\r\n',
    ],
    ...[
      'kind: Mesh\n',
      'kind: MeshCluster\n',
      'apiVersion: isthmus.dev/v1alpha1\n',
      'metadata: {name: a}\n',
      'spec:\n',
    ],
    ...['__proto__: ', '<<: ', 'network: us\n', '\uFEFF', '1', 'null', '.nan', '? '],
  );

  test('no text makes it throw, and what it finds has a place within the text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fragment, { maxLength: 40 }).map((f) => f.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { declared, findings } = readText(text, file);
        expect(declared === undefined).toBe(findings.some(({ severity }) => severity === 'error'));
        const lines = text.split('\n').length;
        for (const found of findings) {
          const at = positionOf(found);
          expect(at?.line).toBeGreaterThanOrEqual(1);
          expect(at?.line).toBeLessThanOrEqual(lines);
          expect(at?.column).toBeLessThanOrEqual((at?.text.length ?? 0) + 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('the order of documents changes nothing but the order of clusters', () => {
    const documents = [`${meshText}  home: b\n`, clusterText('a'), clusterText('b'), clusterText('c')];
    fc.assert(
      fc.property(fc.shuffledSubarray(documents, { minLength: documents.length }), (shuffled) => {
        const { declared, findings } = readText(stream(...shuffled), file);
        expect(findings).toEqual([]);
        expect(declared?.mesh.metadata.name).toBe('shop');
        expect(declared?.home.metadata.name).toBe('b');
        const order = shuffled.flatMap((text) => /MeshCluster\nmetadata: \{name: (.)\}/.exec(text)?.[1] ?? []);
        expect(declared?.clusters.map(({ metadata }) => metadata.name)).toEqual(order);
      }),
    );
  });
});
