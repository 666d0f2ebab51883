import { describe, expect, test } from 'vitest';
import { clusterText, meshText, stream } from '../testing/mesh-text.ts';
import { file, only, places } from '../testing/read-findings.ts';
import { readText } from './read-text.ts';

describe('MeshServices', () => {
  const service = (spec: string): string =>
    `apiVersion: isthmus.dev/v1alpha1\nkind: MeshService\nmetadata: {name: reviews}\nspec: ${spec}\n`;
  const both = [meshText, clusterText('west'), clusterText('east')] as const;

  test('are declared beside the clusters', () => {
    const { declared, findings } = readText(stream(...both, service('{split: {west: 90, east: 10}}')), file);
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
    expect(readText(stream(meshText, clusterText('west'), clusterText('east', secret)), file).findings).toEqual([]);
  });

  test('two names for the same context are the same cluster, also where one context is the default', () => {
    const text = stream(meshText, clusterText('west'), clusterText('east', '  access: {context: west}\n'));
    expect(only(text)).toMatchObject({ code: 'access-duplicate', at: { line: 18, column: 21, length: 4 } });
    const other = '  access: {context: west, kubeconfig: other}\n';
    expect(places(stream(meshText, clusterText('west'), clusterText('east', other)))).toEqual([]);
  });

  test('addresses of a gateway for a network that no cluster is in', () => {
    const gateway =
      '  gateway: {addresses: [203.0.113.7], addressesByNetwork: [{network: su, addresses: [10.9.0.7]}]}\n';
    const finding = only(stream(meshText, clusterText('west'), clusterText('east', gateway)));
    expect(finding).toMatchObject({
      code: 'value-invalid',
      message: expect.stringContaining('names the network "su", in which no MeshCluster is'),
      at: { line: 18 },
    });
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
