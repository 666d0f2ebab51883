import { describe, expect, test } from 'vitest';
import { meshService } from '../api/mesh-service.ts';
import { object, service } from '../discovery/testing/fake-objects.ts';
import type { IstiodSettings, Snapshot } from '../discovery/values/snapshot.ts';
import { meshServiceObjects } from '../istio/mesh-service.ts';
import type { KubeObject } from '../objects/object.ts';
import { surveyServices } from '../predict/scenario/services.ts';
import { fakeSnapshot } from '../predict/testing/fake-mesh.ts';
import { serviceEffects } from './service-effects.ts';

const host = 'reviews.shop.svc.cluster.local';

function declared(spec: object) {
  const apiVersion = 'isthmus.dev/v1alpha1';
  return meshService.parse({ apiVersion, kind: 'MeshService', metadata: { name: 'reviews', namespace: 'shop' }, spec });
}

/** `reviews` in west and north on one network, and in east on another one, with what an apply of the MeshService writes. */
function meshWith(spec: object, edit: (object: KubeObject, cluster: string) => KubeObject | undefined = (one) => one) {
  const extra = meshServiceObjects([declared(spec)]);
  const found = fakeSnapshot({
    west: { network: 'us', pods: { reviews: { 'reviews-w': '10.1.0.1' } }, extra },
    north: { network: 'us', pods: { reviews: { 'reviews-n': '10.3.0.1' } }, extra },
    east: { network: 'eu', pods: { reviews: { 'reviews-e': '10.2.0.1' } }, extra },
  });
  const clusters = found.clusters.map(({ cluster, objects }) => ({
    cluster,
    objects: objects.flatMap((one) => edit(one, cluster) ?? []),
  }));
  return { ...found, clusters };
}

/** What callers in west get, and whether the MeshService is in effect for them. */
function west(snapshot: Snapshot, spec: object) {
  const [reviews] = surveyServices(snapshot, (one) => one === host);
  const flow = reviews?.flows.find(({ from }) => from === 'west');
  const [effect] = serviceEffects('west', [declared(spec)], { model: { snapshot }, drift: undefined });
  const { state } = effect?.effect ?? { state: 'none' };
  const said = effect?.effect.state === 'No' ? effect.effect.obstacles.map(({ message }) => message) : [];
  return { shares: Object.fromEntries(flow?.shares ?? []), lost: flow?.lost, state, said };
}

const without = (kind: string, where: string) => (one: KubeObject, cluster: string) =>
  one.kind === kind && cluster === where && one.metadata.namespace === 'shop' ? undefined : one;

function labelled(labels: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  return (one: KubeObject): KubeObject => {
    const more = one.kind === 'Pod' ? labels[one.metadata.name] : undefined;
    return more === undefined
      ? one
      : { ...one, metadata: { ...one.metadata, labels: { ...one.metadata.labels, ...more } } };
  };
}

describe('a split', () => {
  test('by network shares a network among its clusters', () => {
    const spec = { split: { us: 40, eu: 60 }, splitBy: 'Network' };
    expect(west(meshWith(spec), spec)).toMatchObject({ shares: { west: 20, north: 20, east: 60 }, state: 'Yes' });
  });

  test('by version goes by the label of the pods, wherever they are', () => {
    const spec = { split: { v1: 90, v2: 10 }, splitBy: 'Version' };
    const versions = labelled({
      'reviews-w': { version: 'v1' },
      'reviews-n': { version: 'v1' },
      'reviews-e': { version: 'v2' },
    });
    expect(west(meshWith(spec, versions), spec)).toMatchObject({
      shares: { west: 45, north: 45, east: 10 },
      lost: 0,
      state: 'Yes',
    });
  });

  test('by a version that no pod has loses its share', () => {
    const spec = { split: { v1: 90, v2: 10 }, splitBy: 'Version' };
    const versions = labelled({ 'reviews-w': { version: 'v1' } });
    expect(west(meshWith(spec, versions), spec)).toEqual({
      shares: { west: 90 },
      lost: 10,
      state: 'No',
      said: [`v2 has no endpoint of ${host}:80, and 10% of the requests fail`],
    });
  });

  test('holds for TCP as well', () => {
    const spec = { split: { west: 30, east: 70 } };
    const tcp = (one: KubeObject): KubeObject => {
      if (one.kind !== 'Service' || one.metadata.name !== 'reviews') return one;
      const { ports, ...rest } = one.spec as { ports: readonly object[] };
      return { ...one, spec: { ...rest, ports: ports.map((port) => ({ ...port, name: 'tcp', appProtocol: 'tcp' })) } };
    };
    const slices = (one: KubeObject): KubeObject =>
      one.kind === 'EndpointSlice'
        ? { ...one, ports: [{ ...(one.ports as readonly object[])[0], name: 'tcp' }] }
        : tcp(one);
    expect(west(meshWith(spec, slices), spec)).toMatchObject({ shares: { west: 30, east: 70 }, state: 'Yes' });
  });
});

describe('failover', () => {
  const failover = [{ to: 'north' }, { to: 'east' }];

  test.each(['OnHealth', 'OnReadiness'])('%s stays at home while it can', (failoverMode) => {
    const spec = { failover, failoverMode };
    expect(west(meshWith(spec), spec)).toMatchObject({ shares: { west: 100 }, lost: 0, state: 'Yes' });
    const gone = meshWith(spec, without('EndpointSlice', 'west'));
    expect(west(gone, spec).shares).toEqual({ north: 50, east: 50 });
  });

  test('OnHealth leaves endpoints that fail, OnReadiness does not', () => {
    const broken = (spec: object): Snapshot => {
      const deny = object('security.istio.io/v1/AuthorizationPolicy', 'shop/deny', {
        spec: { selector: { matchLabels: { app: 'reviews' } }, action: 'DENY', rules: [{}] },
      });
      const found = meshWith(spec);
      const clusters = found.clusters.map((one) =>
        one.cluster === 'west' ? { ...one, objects: [...one.objects, deny] } : one,
      );
      return { ...found, clusters };
    };
    const onHealth = { failover };
    const onReadiness = { failover, failoverMode: 'OnReadiness' };
    expect(west(broken(onHealth), onHealth)).toMatchObject({ shares: { north: 50, east: 50 }, lost: 0 });
    expect(west(broken(onReadiness), onReadiness)).toMatchObject({ shares: {}, lost: 100 });
  });

  test('Manual gives those on standby nothing, whatever happens, until they are active', () => {
    const spec = { failover: [{ to: 'east' }], failoverMode: 'Manual', active: 'west' };
    expect(west(meshWith(spec), spec)).toMatchObject({ shares: { west: 100 }, state: 'Yes' });
    expect(west(meshWith(spec, without('EndpointSlice', 'west')), spec)).toMatchObject({ shares: {}, lost: 100 });
    const activated = { ...spec, active: 'east' };
    expect(west(meshWith(activated), activated)).toMatchObject({ shares: { east: 100 }, lost: 0 });
  });

  test('a cluster that cannot stand by is named', () => {
    const spec = { failover: [{ to: 'east' }], failoverMode: 'Manual', active: 'west' };
    expect(west(meshWith(spec, without('EndpointSlice', 'east')), spec)).toMatchObject({
      state: 'No',
      said: [`east has no endpoint of ${host}:80 to fail over to`],
    });
  });
});

test('locality first: own cluster and zone, then the zone, then the region, then the others', () => {
  const spec = { prefer: 'Locality' };
  const zones: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    west: { 'topology.kubernetes.io/region': 'r1', 'topology.kubernetes.io/zone': 'z1' },
    north: { 'topology.kubernetes.io/region': 'r1', 'topology.kubernetes.io/zone': 'z1' },
    east: { 'topology.kubernetes.io/region': 'r2', 'topology.kubernetes.io/zone': 'z9' },
  };
  const placed = (one: KubeObject, cluster: string): KubeObject =>
    one.kind === 'Pod'
      ? {
          ...one,
          metadata: {
            ...one.metadata,
            labels: {
              ...one.metadata.labels,
              'istio-locality': Object.values(zones[cluster] ?? {}).join('.'),
            },
          },
        }
      : one;
  expect(west(meshWith(spec, placed), spec)).toMatchObject({ shares: { west: 100 }, state: 'Yes' });
  const gone = meshWith(spec, (one, cluster) => {
    const left = without('EndpointSlice', 'west')(one, cluster);
    return left === undefined ? undefined : placed(left, cluster);
  });
  expect(west(gone, spec).shares).toEqual({ north: 100 });
});

describe('what cannot be steered is named', () => {
  const spec = { split: { west: 50, east: 50 } };
  const services = (change: (one: KubeObject) => KubeObject) => (one: KubeObject) =>
    one.kind === 'Service' && one.metadata.name === 'reviews' ? change(one) : one;

  test('a headless service', () => {
    const headless = services((one) => ({ ...one, spec: { ...(one.spec as object), clusterIP: 'None' } }));
    expect(west(meshWith(spec, headless), spec).said).toEqual([
      `${host} is headless: its callers choose a pod themselves`,
    ]);
  });

  test('an alias', () => {
    const alias = services((one) => ({
      ...one,
      spec: { type: 'ExternalName', externalName: 'api.example.com', ports: [{ name: 'http', port: 80 }] },
    }));
    expect(west(meshWith(spec, alias), spec).said).toEqual([
      `${host} is an alias (ExternalName) of api.example.com: requests are steered as those to that host`,
    ]);
  });

  test('a port that has another name in a cluster', () => {
    const named = (one: KubeObject, cluster: string): KubeObject =>
      one.kind === 'EndpointSlice' && cluster === 'east'
        ? { ...one, ports: [{ ...(one.ports as readonly object[])[0], name: 'web' }] }
        : one;
    const [said = ''] = west(meshWith(spec, named), spec).said;
    expect(said).toMatch(
      /^east has no endpoint of reviews\.shop\.svc\.cluster\.local:80, and 50% of the requests fail: /,
    );
    expect(said).toContain('web');
  });

  test('pods without a sidecar on another network', () => {
    const bare = (one: KubeObject, cluster: string): KubeObject => {
      if (one.kind !== 'Pod' || cluster !== 'east' || one.metadata.name !== 'reviews-e') return one;
      const { 'security.istio.io/tlsMode': _, ...labels } = one.metadata.labels ?? {};
      return { ...one, metadata: { ...one.metadata, labels }, spec: { containers: [] } };
    };
    const { state, said } = west(meshWith(spec, bare), spec);
    expect(state).toBe('No');
    expect(said[0]).toMatch(/^east has no endpoint .*: .*mutual TLS/i);
  });

  test('a network without a gateway', () => {
    const gone = (one: KubeObject, cluster: string): KubeObject | undefined =>
      cluster === 'east' && one.metadata.name.startsWith('eastwest') ? undefined : one;
    const { state, said } = west(meshWith(spec, gone), spec);
    expect(state).toBe('No');
    expect(said.join(' ')).toMatch(/gateway/);
  });
});

test('an exception of a pattern that stays in its cluster is in effect, and so is the pattern', () => {
  const pattern = declared({ host: '*.shop', scope: 'Cluster' });
  const exception = meshService.parse({ ...declared({}), metadata: { name: 'reviews', namespace: 'shop' } });
  const meshConfig = {
    serviceSettings: [
      { settings: { clusterLocal: true }, hosts: ['*.shop.svc.cluster.local'] },
      { settings: { clusterLocal: false }, hosts: [host] },
    ],
  };
  const local = (one: IstiodSettings): IstiodSettings => ({ ...one, meshConfig });
  const found = meshWith({});
  const clusters = found.clusters.map((one) => ({ ...one, objects: [...one.objects, service('shop/ratings')] }));
  const snapshot = { ...found, clusters, istiods: found.istiods.map(local) };
  const named = { ...pattern, metadata: { name: 'all', namespace: 'shop' } };
  const effects = serviceEffects('west', [named, exception], { model: { snapshot }, drift: undefined });
  expect(effects.map(({ name, effect }) => [name, effect.state])).toEqual([
    ['all', 'Yes'],
    ['reviews', 'Yes'],
  ]);
});
