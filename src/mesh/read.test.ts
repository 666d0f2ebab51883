import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mesh } from '../api/mesh.ts';
import { meshCluster } from '../api/mesh-cluster.ts';
import { positionOf } from '../base/finding.ts';
import { readMesh } from './read.ts';
import { unsupportedKeys } from './unsupported.ts';

const file = 'mesh.yaml';
const meshText = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec:
  istio: {version: "1.31"}
`;

function clusterText(name: string, more = ''): string {
  return `apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: ${name}}
spec:
  network: us
${more}`;
}

function stream(...documents: readonly string[]): string {
  return documents.join('---\n');
}

/** `line:column+length code`, the shape that most cases compare. */
function places(text: string): string[] {
  return readMesh(text, file).findings.map((finding) => {
    const at = positionOf(finding);
    return `${at?.line}:${at?.column}+${at?.length} ${finding.code}`;
  });
}

function only(text: string) {
  const { findings, declared } = readMesh(text, file);
  expect(findings.map(({ message }) => message)).toHaveLength(1);
  expect(declared).toBeUndefined();
  return findings[0];
}

describe('a right mesh file', () => {
  test('is declared with its defaults, the clusters in their order and the first as home', () => {
    const text = readFileSync(new URL('../../examples/two-networks/mesh.yaml', import.meta.url), 'utf8');
    const { declared, findings } = readMesh(text, file);
    expect(findings).toEqual([]);
    expect(declared?.clusters.map(({ metadata }) => metadata.name)).toEqual(['west', 'east']);
    expect(declared?.home).toBe(declared?.clusters[0]);
    expect(declared?.mesh.spec.trust.intermediate.lifetime).toBe('8760h');
  });

  test('names its home', () => {
    const text = stream(`${meshText}  home: east\n`, clusterText('west'), clusterText('east'));
    expect(readMesh(text, file).declared?.home.metadata.name).toBe('east');
  });

  test('may have a BOM, CRLF line ends, comments, anchors and any order of documents', () => {
    const cluster = clusterText('west', '  injectNamespaces: &n [sample]\n');
    const other = clusterText('east', '  istio: {values: {a: &v {b: 1}, c: *v}}\n');
    const text = `\uFEFF# clusters first\n${stream(cluster, meshText, other)}`.replaceAll('\n', '\r\n');
    const { declared, findings } = readMesh(text, file);
    expect(findings).toEqual([]);
    expect(declared?.clusters[1]?.spec.istio?.values).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });
});

describe('findings within a document', () => {
  test('a number where a text is wanted names its spelling and how to quote it', () => {
    const finding = only(stream(meshText.replace('"1.31"', '1.30'), clusterText('west')));
    expect(finding).toMatchObject({
      code: 'value-invalid',
      message: 'Mesh shop: spec.istio.version must be a text, found the number 1.3',
      remedy: 'YAML reads 1.30 as a number; put it in quotes: version: "1.30"',
      at: { file, line: 5, column: 20, length: 4, text: '  istio: {version: 1.30}' },
    });
  });

  test('an unknown key stands at the key, with the key that was meant, which is not missing as well', () => {
    const finding = only(stream(meshText, clusterText('west').replace('network', 'netwrok')));
    expect(finding).toMatchObject({
      code: 'key-unknown',
      remedy: 'did you mean network?',
      at: { line: 11, column: 3 },
    });
  });

  test('a key at the wrong level is told where it belongs', () => {
    const finding = only(stream(`${meshText}home: west\n`, clusterText('west')));
    expect(finding).toMatchObject({ code: 'key-unknown', remedy: 'home belongs at spec.home' });
  });

  test('an unknown key like no other is shown the known ones', () => {
    const finding = only(stream(meshText, clusterText('west', '  gateway: {zzzzzz: 1}\n')));
    expect(finding?.remedy).toBe('known here: type, annotations, replicas, addresses');
  });

  test('a missing key stands at the key of the map that lacks it', () => {
    const finding = only(stream(meshText, clusterText('west').replace('network: us', 'access: {}')));
    expect(finding).toMatchObject({
      code: 'value-missing',
      message: 'MeshCluster west: spec.network is missing',
      remedy: 'add spec.network: it must be a text',
      at: { line: 10, column: 1, length: 4 },
    });
  });

  test('a key without value is told apart from one that is missing', () => {
    const finding = only(stream(meshText, clusterText('west').replace('network: us', 'network:')));
    expect(finding).toMatchObject({ code: 'value-missing', message: 'MeshCluster west: spec.network has no value' });
  });

  test.each([
    ['  injectNamespaces: sample\n', 'must be a list, found the text "sample"', 'injectNamespaces: [sample]'],
    ['  access: west\n', 'must be a map of keys and values, found the text "west"', 'context, kubeconfig'],
    ['  gateway: {replicas: 0}\n', 'must be at least 1, found the number 0', 'spec.gateway.replicas'],
    ['  gateway: {replicas: many}\n', 'must be a number, found the text "many"', 'spec.gateway.replicas'],
    ['  access: {context: ""}\n', 'must not be empty, found an empty text', 'spec.access.context'],
    ['  peerServer: http://a\n', 'must be an https URL, found the text "http://a"', 'spec.peerServer'],
    ['  injectNamespaces: [Sample_App]\n', 'found the text "Sample_App"', 'for example sample-app'],
    ['  gateway: {annotations: {a: true}}\n', 'must be a text, found true', 'a: "true"'],
    ['  istio: {values: {a: .nan}}\n', '"NaN" is not a value that Kubernetes can hold', 'quotes'],
  ])('%j', (more, message, remedy) => {
    const finding = only(stream(meshText, clusterText('west', more)));
    expect(finding).toMatchObject({ code: 'value-invalid' });
    expect(finding?.message).toContain(message);
    expect(finding?.remedy).toContain(remedy);
    expect(finding && positionOf(finding)?.line).toBe(12);
  });

  test('a trust domain that no SPIFFE ID can carry', () => {
    const finding = only(stream(`${meshText}  trust: {domain: Shop/eu}\n`, clusterText('west')));
    expect(finding).toMatchObject({ code: 'value-invalid', at: { line: 6, column: 19, length: 7 } });
  });

  test('apiVersion and kind that are unknown or left out', () => {
    expect(only(stream(meshText.replace('v1alpha1', 'v1'), clusterText('west')))).toMatchObject({
      code: 'api-version-unknown',
      remedy: 'write apiVersion: isthmus.dev/v1alpha1',
      at: { line: 1, column: 13 },
    });
    expect(only(stream(meshText, clusterText('west').replace('MeshCluster', 'MeshClutser')))).toMatchObject({
      code: 'kind-unknown',
      remedy: 'did you mean MeshCluster?',
    });
    expect(places(stream(meshText, clusterText('west'), 'a: 1\n'))).toEqual(['13:1+4 value-missing']);
    expect(places(stream(meshText, clusterText('west'), 'kind: [x]\n'))).toEqual(['13:7+3 kind-unknown']);
    expect(places(stream(meshText, clusterText('west'), '- x\n'))).toEqual(['13:1+3 value-invalid']);
  });

  test('an access of two forms', () => {
    const both = clusterText('west', '  access: {context: west, inCluster: {}}\n');
    expect(only(stream(meshText, both))).toMatchObject({ code: 'value-invalid', at: { line: 12 } });
  });

  test('a union with no key or two', () => {
    const both = clusterText('west', '  controlPlane: {own: {}, remoteOf: east}\n');
    expect(only(stream(meshText, both, clusterText('east')))).toMatchObject({ code: 'value-invalid' });
    expect(only(stream(`${meshText}  trust: {issuer: {}}\n`, clusterText('west')))?.code).toBe('value-invalid');
  });

  test('everything is found at once, in the order of the file', () => {
    const text = stream(
      meshText.replace('shop', 'Shop').replace('"1.31"', 'latest'),
      clusterText('west').replace('network', 'netwrok'),
      'nonsense\n',
      clusterText('west', '  gateway: {replicas: 1.5}\n'),
    );
    expect(places(text)).toEqual([
      '3:18+4 value-invalid',
      '5:20+6 value-invalid',
      '11:3+7 key-unknown',
      '13:1+8 value-invalid',
      '17:18+4 cluster-duplicate',
      '20:23+3 value-invalid',
    ]);
  });
});

describe('MeshServices', () => {
  const service = (spec: string): string =>
    `apiVersion: isthmus.dev/v1alpha1\nkind: MeshService\nmetadata: {name: reviews}\nspec: ${spec}\n`;
  const both = [meshText, clusterText('west'), clusterText('east')] as const;

  test('are declared beside the clusters', () => {
    const { declared, findings } = readMesh(stream(...both, service('{split: {west: 90, east: 10}}')), file);
    expect(findings).toEqual([]);
    expect(declared?.services).toMatchObject([
      { metadata: { name: 'reviews', namespace: 'default' }, spec: { scope: 'Mesh', split: { west: 90, east: 10 } } },
    ]);
  });

  test.each([
    ['{split: {west: 90, eats: 10}}', 'cluster-unknown', 'did you mean east?'],
    ['{failover: [{to: south}]}', 'cluster-unknown', 'declared are: west, east'],
    ['{split: {west: 90}}', 'split-sum', 'their sum is 100'],
    ['{scope: Cluster, split: {west: 100}}', 'service-contradiction', 'remove split'],
    ['{split: {west: 100}, failover: [{to: east}]}', 'service-contradiction', 'remove one of the two'],
    ['{host: "*.shop", split: {west: 100}}', 'service-contradiction', 'name the service in spec.host'],
  ])('%s is %s', (spec, code, remedy) => {
    const finding = only(stream(...both, service(spec)));
    expect(finding).toMatchObject({ code, at: { line: 22 } });
    expect(finding?.remedy).toContain(remedy);
  });
});

test('every key that is called unsupported is one that the schema refuses', () => {
  for (const { kind, path } of unsupportedKeys) {
    const segments = path.split('.');
    const key = segments.at(-1) ?? '';
    const value = segments.reduceRight<unknown>((inner, segment) => ({ [segment]: inner }), 'x');
    const { error } = (kind === 'Mesh' ? mesh : meshCluster).safeParse(value);
    const refused = error?.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
    expect(refused, path).toContain(key);
  }
});

describe('findings across documents', () => {
  test('no Mesh, no MeshCluster, a second Mesh', () => {
    expect(only(clusterText('west'))).toMatchObject({ code: 'mesh-missing', at: { line: 1, column: 1 } });
    expect(only(meshText)).toMatchObject({ code: 'cluster-missing' });
    expect(only(stream(meshText, clusterText('west'), meshText))).toMatchObject({
      code: 'mesh-duplicate',
      remedy: 'remove one of the two; the first is on line 1',
      at: { line: 14, column: 7 },
    });
  });

  test('nothing is called missing where a document could not be read', () => {
    expect(places(stream(meshText, 'a: "x\n'))).toEqual(['7:6+1 yaml-syntax']);
    expect(places(stream(meshText, 'kind: MeshClutser\n'))).toEqual(['7:7+11 kind-unknown']);
  });

  test('a cluster declared twice is pointed at, and its first line named', () => {
    const text = stream(meshText, clusterText('west'), clusterText('west', '  access: {context: other}\n'));
    expect(only(text)).toMatchObject({
      code: 'cluster-duplicate',
      remedy: 'give each cluster its own name; the first is on line 9',
      at: { line: 15, column: 18, length: 4 },
    });
  });

  test('the same Secret, and the cluster of our own pod twice, are the same cluster', () => {
    const [own, secret] = ['  access: {inCluster: {}}\n', '  access: {secret: west}\n'];
    expect(only(stream(meshText, clusterText('west', own), clusterText('east', own)))).toMatchObject({
      code: 'access-duplicate',
      message: expect.stringContaining('inCluster'),
    });
    const text = stream(meshText, clusterText('home'), clusterText('west', secret), clusterText('east', secret));
    expect(only(text)).toMatchObject({ code: 'access-duplicate', message: expect.stringContaining('Secret west') });
  });

  test('the home cluster is not reached by a Secret in itself', () => {
    const secret = '  access: {secret: west}\n';
    const finding = { code: 'value-invalid', message: expect.stringContaining('is the home cluster') };
    expect(only(stream(meshText, clusterText('west', secret), clusterText('east')))).toMatchObject(finding);
    const text = stream(`${meshText}  home: east\n`, clusterText('west'), clusterText('east', secret));
    expect(only(text)).toMatchObject({ ...finding, at: { line: 19, column: 20, length: 4 } });
    expect(readMesh(stream(meshText, clusterText('west'), clusterText('east', secret)), file).findings).toEqual([]);
  });

  test('two names for the same context are the same cluster, also where one context is the default', () => {
    const text = stream(meshText, clusterText('west'), clusterText('east', '  access: {context: west}\n'));
    expect(only(text)).toMatchObject({ code: 'access-duplicate', at: { line: 18, column: 21, length: 4 } });
    const other = '  access: {context: west, kubeconfig: other}\n';
    expect(places(stream(meshText, clusterText('west'), clusterText('east', other)))).toEqual([]);
  });

  test('a home that no document declares', () => {
    const text = stream(`${meshText}  home: wset\n`, clusterText('west'), clusterText('east'));
    expect(only(text)).toMatchObject({
      code: 'home-unknown',
      remedy: 'did you mean west?',
      at: { line: 6, column: 9 },
    });
  });
});

describe('broken and hostile files', () => {
  test.each([
    ['', '1:1+1'],
    ['\n# only a comment\n', '1:1+1'],
    ['---\n', '1:1+3'],
    ['null\n', '1:1+4'],
  ])('empty: %j', (text, place) => {
    expect(places(text)).toEqual([`${place} document-empty`]);
  });

  test('an empty document among others is what a failed generator leaves', () => {
    expect(places(stream(meshText, clusterText('west'), ''))).toEqual(['12:1+3 document-empty']);
  });

  test('equal keys, both places named', () => {
    const finding = only(stream(meshText, clusterText('west', '  network: eu\n')));
    expect(finding).toMatchObject({
      code: 'key-duplicate',
      remedy: 'keep one of the two; the first is on line 11',
      at: { line: 12, column: 3 },
    });
  });

  test('tabs, unclosed quotes, unknown aliases', () => {
    expect(places('a:\n\tb: 1\n')).toEqual(['2:1+1 yaml-syntax']);
    expect(places('kind: "Mesh\n')).toContain('1:12+1 yaml-syntax');
    expect(only('a: *nowhere\n')).toMatchObject({ code: 'yaml-syntax', at: { line: 1, column: 4, length: 8 } });
  });

  test('keys that steer objects reach nothing', () => {
    const text = stream(
      meshText,
      clusterText('west', '  istio: {values: {__proto__: {polluted: true}, constructor: 1}}\n'),
    );
    expect(only(text)).toMatchObject({ code: 'key-unknown', message: 'the key __proto__ cannot be used' });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(places(stream(meshText, clusterText('west', '  toString: 1\n  constructor: 2\n')))).toEqual([
      '12:3+8 key-unknown',
      '13:3+11 key-unknown',
    ]);
  });

  test('names outside ASCII are found, not mangled', () => {
    const finding = only(stream(meshText.replace('shop', 'магазин'), clusterText('west')));
    expect(finding).toMatchObject({ code: 'value-invalid', at: { column: 18, length: 7 } });
    expect(finding?.message).toContain('found the text "магазин"');
  });

  const bomb = Array.from({ length: 12 }, (_, index) => {
    const inner = index === 0 ? '[x, x, x, x, x, x, x, x, x, x]' : `[${`*a${index - 1}, `.repeat(9)}*a${index - 1}]`;
    return `a${index}: &a${index} ${inner}\n`;
  }).join('');

  test.each([
    ['an alias bomb', bomb],
    ['an alias within its anchor', 'a: &a [*a, *a]\n'],
    ['flow nesting', `a: ${'['.repeat(50_000)}`],
    ['block nesting', `${'- '.repeat(5_000)}x\n`],
    ['closed nesting', `a: ${'{a: '.repeat(70)}1${'}'.repeat(70)}\n`],
    ['more than a megabyte', `a: ${'x'.repeat(1_100_000)}\n`],
  ])('%s is refused', (_, text) => {
    expect(readMesh(text, file).findings.map(({ code }) => code)).toContain('yaml-limit');
  });

  test('a text of nearly a megabyte is cut in the message', () => {
    const finding = only(stream(meshText.replace('"1.31"', 'x'.repeat(1_000_000)), clusterText('west')));
    expect(finding?.code).toBe('value-invalid');
    expect(finding?.message.length).toBeLessThan(250);
  });

  test('tens of thousands of unknown keys', () => {
    const keys = Array.from({ length: 30_000 }, (_, index) => `  k${index}: 1\n`).join('');
    expect(readMesh(stream(meshText, clusterText('west', keys)), file).findings).toHaveLength(30_000);
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
        const { declared, findings } = readMesh(text, file);
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
        const { declared, findings } = readMesh(stream(...shuffled), file);
        expect(findings).toEqual([]);
        expect(declared?.mesh.metadata.name).toBe('shop');
        expect(declared?.home.metadata.name).toBe('b');
        const order = shuffled.flatMap((text) => /MeshCluster\nmetadata: \{name: (.)\}/.exec(text)?.[1] ?? []);
        expect(declared?.clusters.map(({ metadata }) => metadata.name)).toEqual(order);
      }),
    );
  });
});
