import { describe, expect, test } from 'vitest';
import type { IstiodSettings, Snapshot } from '../../../src/discovery/values/snapshot.ts';
import type { KubeObject } from '../../../src/objects/object.ts';
import { clusterContents, type Phase, phases, remoteSecret, storageKey } from './desired.ts';

const istiod: IstiodSettings = {
  cluster: 'west',
  runsIn: 'west',
  serves: ['west'],
  remotes: ['east'],
  flags: {},
  meshConfig: { trustDomain: 'shop.example' },
  meshNetworks: {},
  domain: 'cluster.local',
  namespace: 'istio-system',
};

function object(apiVersion: string, kind: string, metadata: KubeObject['metadata']): KubeObject {
  return { apiVersion, kind, metadata };
}

const node = object('v1', 'Node', { name: 'n1' });
const pod = object('v1', 'Pod', { name: 'web-0', namespace: 'shop', resourceVersion: '7', creationTimestamp: 'then' });
const service = object('v1', 'Service', { name: 'web', namespace: 'shop' });
const slice = object('discovery.k8s.io/v1', 'EndpointSlice', { name: 'web-1', namespace: 'shop' });
const snapshot: Snapshot = { clusters: [{ cluster: 'west', objects: [slice, pod, service, node] }], istiods: [istiod] };

function keys(phase: Phase, cluster = 'west', of = snapshot): string[] {
  return [...clusterContents(of, cluster, { phase, number: 1 }).keys()];
}

describe('storage key', () => {
  test.each([
    [node, 'minions/n1'],
    [pod, 'pods/shop/web-0'],
    [service, 'services/specs/shop/web'],
    [slice, 'endpointslices/shop/web-1'],
    [
      object('networking.istio.io/v1beta1', 'Gateway', { name: 'g', namespace: 'a' }),
      'networking.istio.io/gateways/a/g',
    ],
    [
      object('gateway.networking.k8s.io/v1', 'Gateway', { name: 'g', namespace: 'a' }),
      'gateway.networking.k8s.io/gateways/a/g',
    ],
    [
      object('gateway.networking.k8s.io/v1', 'GatewayClass', { name: 'istio' }),
      'gateway.networking.k8s.io/gatewayclasses/istio',
    ],
  ])('of $kind', (of, key) => {
    expect(storageKey(of)).toBe(key);
  });

  test('a kind that no istiod reads is refused, and so is one that lacks its namespace', () => {
    expect(() => storageKey(object('apps/v1', 'Deployment', { name: 'd', namespace: 'a' }))).toThrow(
      'no istiod reads a apps/v1 Deployment',
    );
    expect(() => storageKey(object('v1', 'Pod', { name: 'p' }))).toThrow('Pod p has no namespace');
  });
});

describe('contents of a cluster', () => {
  test('objects arrive phase by phase, and none that came goes again', () => {
    const own = ['minions/n1', 'services/specs/shop/web', 'pods/shop/web-0', 'endpointslices/shop/web-1'];
    const arrived = phases.map((phase) => keys(phase).filter((key) => own.includes(key)).length);
    expect(arrived).toEqual([0, 1, 2, 3, 4]);
    expect(keys('endpoints')).toEqual(expect.arrayContaining(own));
  });

  test('every namespace in use is there, and a given one keeps its labels', () => {
    expect(keys('endpoints')).toContain('namespaces/shop');
    const labelled = object('v1', 'Namespace', { name: 'shop', labels: { team: 'a' } });
    const given = { ...snapshot, clusters: [{ cluster: 'west', objects: [labelled, pod] }] };
    const text = clusterContents(given, 'west', { phase: 'endpoints', number: 1 }).get('namespaces/shop') ?? '';
    expect(JSON.parse(text).metadata.labels).toEqual({ team: 'a' });
  });

  test('the config cluster has the ConfigMap of its istiod over that of the snapshot, others have none', () => {
    const stale = object('v1', 'ConfigMap', { name: 'istio', namespace: 'istio-system' });
    const with2 = { ...snapshot, clusters: [{ cluster: 'west', objects: [stale] }] };
    const text = clusterContents(with2, 'west', { phase: 'endpoints', number: 1 }).get('configmaps/istio-system/istio');
    expect(JSON.parse(text ?? '').data).toEqual({
      mesh: '{"trustDomain":"shop.example"}',
      meshNetworks: '{"networks":{}}',
    });
    expect(keys('endpoints', 'east')).not.toContain('configmaps/istio-system/istio');
  });

  test('objects are stored as they are but for the version', () => {
    const text = clusterContents(snapshot, 'west', { phase: 'endpoints', number: 1 }).get('pods/shop/web-0') ?? '';
    expect(JSON.parse(text).metadata).toEqual({ name: 'web-0', namespace: 'shop', creationTimestamp: 'then' });
  });

  test('remote secrets of the snapshot give way to those of the oracle', () => {
    const labels = { 'istio/multiCluster': 'true' };
    const foreign = object('v1', 'Secret', { name: 'istio-remote-secret-east', namespace: 'istio-system', labels });
    const given = { ...snapshot, clusters: [{ cluster: 'west', objects: [foreign] }] };
    const { key, text } = remoteSecret(istiod, 'east', 'KUBECONFIG');
    expect(keys('endpoints', 'west', given)).not.toContain(key);
    expect(JSON.parse(text)).toMatchObject({
      metadata: { labels },
      data: { east: Buffer.from('KUBECONFIG').toString('base64') },
    });
  });
});
