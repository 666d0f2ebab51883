import { describe, expect, test } from 'vitest';
import { positionOf } from '../../base/finding.ts';
import { clusterText, meshText, stream } from '../testing/mesh-text.ts';
import { file, only, places } from '../testing/read-findings.ts';

describe('findings within a document', () => {
  test('a number where a text is wanted has a remedy with its spelling in quotes', () => {
    const finding = only(stream(meshText.replace('"1.31"', '1.30'), clusterText('west')));
    expect(finding).toMatchObject({
      code: 'value-invalid',
      message: 'Mesh shop: spec.istio.version must be a text, found the number 1.3',
      remedy: 'YAML reads 1.30 as a number; put it in quotes: version: "1.30"',
      at: { file, line: 5, column: 20, length: 4, text: '  istio: {version: 1.30}' },
    });
  });

  test('a value that is near to one of a closed list names that one', () => {
    const finding = only(stream(meshText, clusterText('west', '  gateway: {type: Loadbalancer}\n')));
    expect(finding).toMatchObject({ code: 'value-invalid', remedy: 'did you mean LoadBalancer?' });
  });

  test('an open bracket is to be closed', () => {
    const finding = only(stream(meshText, clusterText('west', '  injectNamespaces: [shop\n  gateway: {}\n')));
    expect(finding).toMatchObject({
      code: 'yaml-syntax',
      remedy: 'close the bracket or brace that is open before this line',
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

  test('the finding of a key at the wrong level names where it belongs', () => {
    const finding = only(stream(`${meshText}home: west\n`, clusterText('west')));
    expect(finding).toMatchObject({ code: 'key-unknown', remedy: 'home belongs at spec.home' });
  });

  test('an unknown key like no other is shown the known ones', () => {
    const finding = only(stream(meshText, clusterText('west', '  gateway: {zzzzzz: 1}\n')));
    expect(finding?.remedy).toBe('known here: type, annotations, replicas, addresses, addressesByNetwork');
  });

  test.each([
    ['hub: registry.example.com/istio', 'it belongs at spec.istio.values.global.hub'],
    ['tag: 1.31.0-distroless', 'it belongs at spec.istio.values.global.tag'],
    ['profile: minimal', 'Isthmus chooses the profile'],
    ['components: {pilot: {k8s: {hpaSpec: {minReplicas: 2}}}}', 'spec.istio.values.pilot (autoscaleMin, replicaCount'],
  ])('a key of an IstioOperator says where it belongs: %s', (line, place) => {
    const [key = ''] = line.split(':');
    const finding = only(
      stream(meshText.replace('{version: "1.31"}', `{version: "1.31", ${line}}`), clusterText('west')),
    );
    expect(finding).toMatchObject({ code: 'key-unknown', message: `Mesh shop: unknown key spec.istio.${key}` });
    expect(finding?.remedy).toContain(`${key} is one of an IstioOperator: `);
    expect(finding?.remedy).toContain(place);
  });

  test('a whole IstioOperator says where its parts belong', () => {
    const operator =
      'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: a}\nspec: {profile: minimal}\n';
    const finding = only(stream(meshText, clusterText('west'), operator));
    expect(finding).toMatchObject({ code: 'kind-unknown', message: 'unknown kind IstioOperator' });
    expect(finding?.remedy).toContain('spec.values at spec.istio.values and spec.meshConfig at spec.istio.meshConfig');
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

  test('a key without value differs from one that is missing', () => {
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
    [
      '  injectNamespaces: ["arn:aws:eks:eu-west-1:111122223333:cluster/shop-west"]\n',
      'found the text "arn:aws',
      'for example shop-west; the ARN names a context: give it as spec.access.context',
    ],
    ['  gateway: {annotations: {a: true}}\n', 'must be a text, found true', 'a: "true"'],
    ['  istio: {values: {a: .nan}}\n', '"NaN" is not a value that Kubernetes can hold', 'quotes'],
  ])('%j', (more, message, remedy) => {
    const finding = only(stream(meshText, clusterText('west', more)));
    expect(finding).toMatchObject({ code: 'value-invalid' });
    expect(finding?.message).toContain(message);
    expect(finding?.remedy).toContain(remedy);
    expect(finding && positionOf(finding)?.line).toBe(12);
  });

  test('an ARN as the name of a cluster, which names a context: two of one account get names of their own', () => {
    const remedies = ['shop-west', 'shop-east'].map((cluster) => {
      const arn = `arn:aws:eks:eu-west-1:111122223333:cluster/${cluster}`;
      const finding = only(stream(meshText, clusterText(`"${arn}"`)));
      expect(finding).toMatchObject({ code: 'value-invalid', message: expect.stringContaining('must be a DNS label') });
      return finding?.remedy;
    });
    expect(remedies).toEqual([
      'for example shop-west; the ARN names a context: give it as spec.access.context',
      'for example shop-east; the ARN names a context: give it as spec.access.context',
    ]);
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
