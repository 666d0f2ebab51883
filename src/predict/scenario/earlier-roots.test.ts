import { describe, expect, test } from 'vitest';
import { object } from '../../discovery/testing/fake-objects.ts';
import { fieldsOf } from '../../discovery/values/fields.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';
import { type Trace, trace } from '../request/trace.ts';
import { meshPod, twoNetworks } from '../testing/fake-mesh.ts';
import { findCaller, representatives } from '../world/caller.ts';
import { worldOf } from '../world/world.ts';
import { whatif } from './whatif.ts';

function ask(snapshot: Snapshot, from: string): Trace {
  const request = { host: 'reviews', port: 80, subset: '', headers: {}, method: 'GET', path: '/' };
  return trace(worldOf(snapshot), findCaller(snapshot, from), request);
}

const change = '2026-11-29T12:00:00Z';

/** The roots of a cluster as its API server keeps them, with the time at which istiod wrote them. */
function givenAt(time: string, map: KubeObject, keys: readonly string[] = ['root-cert.pem']): KubeObject {
  const data = Object.fromEntries(keys.map((key) => [`f:${key}`, {}]));
  const written = {
    manager: 'pilot-discovery',
    operation: 'Update',
    time,
    fieldsV1: { 'f:data': { '.': {}, ...data } },
  };
  const labelled = { manager: 'kubectl-label', time: '2026-11-29T12:40:00Z', fieldsV1: { 'f:metadata': {} } };
  return { ...map, metadata: { ...map.metadata, managedFields: [written, labelled] } };
}

/** The snapshot read at 13:00, with pods that were made and proxies that started at these times, by pod. */
function startedAt(snapshot: Snapshot, times: Readonly<Record<string, { made: string; proxy?: string }>>): Snapshot {
  const clusters = snapshot.clusters.map(({ cluster, objects }) => ({
    cluster,
    objects: objects.map((one) => {
      const time = one.kind === 'Pod' ? times[`${cluster}/${one.metadata.name}`] : undefined;
      return time === undefined ? one : started(one, time);
    }),
  }));
  return { ...snapshot, clusters, readAt: '2026-11-29T13:00:00Z' };
}

function started(pod: KubeObject, { made, proxy }: { made: string; proxy?: string }): KubeObject {
  const running = [{ name: 'istio-proxy', state: { running: { startedAt: proxy ?? made } } }];
  const status = { ...fieldsOf(pod.status), initContainerStatuses: running };
  return { ...pod, metadata: { ...pod.metadata, creationTimestamp: made }, status };
}

function certificate(name: string): KubeObject {
  const text = `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
  return object('v1/ConfigMap', 'istio-system/istio-ca-root-cert', { data: { 'root-cert.pem': text } });
}

describe('where the root of west changed at noon', () => {
  const [before, after] = [{ made: '2026-11-29T11:00:00Z' }, { made: '2026-11-29T12:30:00Z' }];
  const changed = (map = givenAt(change, certificate('NEWW'))): Snapshot =>
    twoNetworks({ west: [map], east: [givenAt('2026-11-01T08:00:00Z', certificate('OLDD'))] });
  const all = { 'west/client': before, 'west/reviews-w': before, 'east/client': before, 'east/reviews-e': before };
  const toWest = (snapshot: Snapshot, from: string): Trace => ask(snapshot, `${from}/shop/client`);

  test.each([
    ['a server that started since, and a client from before', { 'west/reviews-w': after }],
    ['a client that started since, and a server from before', { 'west/client': after }],
    ['client and server from before', {}],
  ])('%s: whether they accept each other is not known', (_, times) => {
    const traced = toWest(startedAt(changed(), { ...all, ...times }), 'west');
    const own = traced.findings.filter(({ code }) => code === 'certificate-not-known');
    expect(traced.verdict).not.toBe('Delivered');
    expect(own).toMatchObject([{ severity: 'warning', confidence: 'Unknown' }]);
    expect(own[0]?.message).toContain('west has had its root certificate only since 2026-11-29T12:00:00Z');
  });

  test('those that started since accept each other, and refuse the other cluster', () => {
    const traced = toWest(startedAt(changed(), { ...all, 'west/client': after, 'west/reviews-w': after }), 'west');
    expect(traced.findings.map(({ code }) => code)).toEqual(['no-common-root']);
    expect(traced).toMatchObject({ verdict: 'NotDelivered', deliveredShare: 50 });
  });

  test('a client of the other cluster is refused by a server that started since', () => {
    const traced = toWest(startedAt(changed(), { ...all, 'west/reviews-w': after }), 'east');
    expect(traced.findings.map(({ code }) => code)).toEqual(['no-common-root']);
  });

  test('a client of the other cluster may be accepted by a server from before', () => {
    const traced = toWest(startedAt(changed(), all), 'east');
    expect(traced).toMatchObject({ verdict: 'NotJudged', deliveredShare: 50, notJudgedShare: 50 });
  });

  const same = (map: KubeObject): Snapshot => twoNetworks({ west: [map], east: [certificate('NEWW')] });
  const tests = [
    [
      'a proxy whose container started since',
      same(givenAt(change, certificate('NEWW'))),
      {
        'west/client': { ...before, proxy: after.made },
        'west/reviews-w': after,
      },
    ],
    [
      'a write that may have been one of revoked certificates',
      same(givenAt(change, certificate('NEWW'), ['root-cert.pem', 'ca-crl.pem'])),
      {},
    ],
    [
      'certificates of before that have ended since',
      same(givenAt('2026-11-28T12:00:00Z', certificate('NEWW'))),
      {
        'west/client': { made: '2026-11-28T11:00:00Z' },
        'west/reviews-w': { made: '2026-11-28T11:00:00Z' },
      },
    ],
    ['a time of writing that nobody recorded', same(certificate('NEWW')), {}],
  ] as const;
  test.each(tests)('%s leaves nothing open', (_, snapshot, times) => {
    expect(toWest(startedAt(snapshot, { ...all, ...times }), 'west')).toMatchObject({
      verdict: 'Delivered',
      findings: [],
    });
  });

  test('an earlier write of the same root in another namespace shows that it did not change', () => {
    const map = certificate('NEWW');
    const shop = givenAt('2026-11-01T08:00:00Z', { ...map, metadata: { ...map.metadata, namespace: 'shop' } });
    const snapshot = twoNetworks({ west: [givenAt(change, map), shop], east: [map] });
    expect(toWest(startedAt(snapshot, all), 'west').verdict).toBe('Delivered');
  });

  test('whatif does not know flows of and to proxies from before, and says why once', () => {
    const { counts, unknown } = whatif(startedAt(changed(), all), { downs: [], changes: [] });
    expect(counts).toMatchObject({ Unreachable: 0, Unknown: 3, Unchanged: 1 });
    expect(unknown).toMatchObject([
      { finding: { code: 'certificate-not-known' }, flows: 3, callers: ['east', 'west'] },
    ]);
  });

  test('of the callers of a namespace one from before stands for all', () => {
    const young = meshPod('a-client', '10.9.4.8', { network: 'us', app: 'client' });
    const snapshot = twoNetworks({ west: [givenAt(change, certificate('NEWW')), young] });
    const [west] = representatives(startedAt(snapshot, { ...all, 'west/a-client': after }));
    expect(west?.byNamespace.get('shop')?.pod).toBe('client');
  });
});
