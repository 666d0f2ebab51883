import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { answer } from '../../discovery/endpoints/query.ts';
import { object, service } from '../../discovery/testing/fake-objects.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';
import { fakeSnapshot, threeClusters, twoNetworks } from '../testing/fake-mesh.ts';
import { type Caller, representatives } from '../world/caller.ts';
import { type World, worldOf } from '../world/world.ts';
import { networksOf } from './aftermath.ts';
import { parseChanges } from './change.ts';
import { parseDown } from './down.ts';
import { type WhatIf, whatif } from './whatif.ts';

function down(snapshot: Snapshot, ...parts: readonly string[]): WhatIf {
  return whatif(snapshot, { downs: parts.map((part) => parsedDown(snapshot, part)), changes: [] });
}

function parsedDown(snapshot: Snapshot, part: string) {
  const names = { clusters: snapshot.clusters.map(({ cluster }) => cluster), networks: networksOf(snapshot) };
  return parseDown(part, names);
}

/** `verdict host from: shares after`. */
function lines({ changes }: WhatIf): readonly string[] {
  return changes.map(({ verdict, host, from, after }) => {
    const shares = [...(after?.shares ?? [])].map(([cluster, share]) => `${cluster} ${share}`).join(' ');
    return `${verdict} ${host.split('.')[0]} from ${from}: ${after === null ? '-' : `${shares} lost ${after.lost}`}`;
  });
}

function outlier(more: JsonObject = {}): KubeObject {
  return object('networking.istio.io/v1/DestinationRule', 'shop/reviews', {
    spec: {
      host: 'reviews.shop.svc.cluster.local',
      trafficPolicy: { outlierDetection: { maxEjectionPercent: 100, ...more } },
    },
  });
}

test('pods of another network are unreachable where its gateway is gone, and asserts count that', () => {
  const snapshot = twoNetworks();
  const unlabelled = (labels: object) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'eastwest', namespace: 'istio-system', labels },
    spec: { type: 'LoadBalancer', ports: [{ name: 'tls', port: 15_443 }] },
  });
  const changes = parseChanges([unlabelled({}) as KubeObject], ['west', 'east']);
  const cut = whatif(snapshot, { downs: [], changes });
  expect(lines(cut).filter((line) => line.includes('from west'))).toEqual([
    'Unreachable details from west:  lost 100',
    'Degraded reviews from west: west 50 lost 50',
  ]);
  expect(cut.changes[0]?.after?.reasons.join()).toContain(
    'no Service of east selects the pods of its gateway, such as istio-system/eastwest-1',
  );
  const connected = whatif({ ...snapshot, connected: [['us', 'eu']] }, { downs: [], changes });
  expect(connected.counts.Unreachable).toBe(0);
});

describe('a service whose routes all need a path', () => {
  const byPath = (path: string, host: string): JsonObject => ({
    match: [{ uri: { prefix: path } }],
    route: [{ destination: { host } }],
  });
  const routes = object('networking.istio.io/v1/VirtualService', 'shop/reviews', {
    spec: { hosts: ['reviews'], http: [byPath('/reviews', 'reviews'), byPath('/details', 'details')] },
  });
  const snapshot = twoNetworks({ west: [routes], east: [routes] });
  const downs = [parsedDown(snapshot, 'cluster:east')];
  const ofReviews = ({ changes }: WhatIf): readonly string[] =>
    changes
      .filter(({ host, from }) => host.startsWith('reviews') && from === 'west')
      .map(({ verdict, route }) => `${verdict} ${route}`);

  test('has a flow for each route, and none that is unreachable before', () => {
    const result = whatif(snapshot, { downs, changes: [] });
    expect(ofReviews(result)).toEqual([
      'Unreachable shop/reviews: uri prefix /details',
      'Degraded shop/reviews: uri prefix /reviews',
    ]);
    expect(result.unreachableBefore).toBe(0);
  });

  test('has one flow where a path is given, which no route need take', () => {
    const of = (path: string): WhatIf => whatif(snapshot, { downs, changes: [], request: { path } });
    expect(ofReviews(of('/reviews/1'))).toEqual(['Degraded null']);
    expect(ofReviews(of('/details'))).toEqual(['Unreachable null']);
    expect(of('/other').unreachableBefore).toBeGreaterThan(0);
  });
});

describe('a cluster that is gone', () => {
  test('keeps its endpoints, so that its share is lost, and what only it has is unreachable', () => {
    const result = down(twoNetworks(), 'cluster:east');
    expect(lines(result)).toEqual([
      'Unreachable details from west:  lost 100',
      'Degraded reviews from west: west 50 lost 50',
      'CallerGone details from east: -',
      'CallerGone reviews from east: -',
    ]);
    expect(result.counts).toEqual({
      Unreachable: 1,
      Degraded: 1,
      Moved: 0,
      Rerouted: 0,
      Restored: 0,
      CallerGone: 2,
      Unchanged: 0,
      Unknown: 0,
    });
    expect(result.assumptions.join(' ')).toContain('istiods keep the endpoints of a cluster');
  });

  test('loses its share to the others where outlier detection may put enough aside', () => {
    const all = outlier();
    expect(lines(down(twoNetworks({ west: [all], east: [all] }), 'cluster:east'))).toContain(
      'Moved reviews from west: west 100 lost 0',
    );
    const few = outlier({ maxEjectionPercent: 10 });
    expect(lines(down(twoNetworks({ west: [few], east: [few] }), 'cluster:east'))).toContain(
      'Degraded reviews from west: west 50 lost 50',
    );
    const off = outlier({ consecutive5xxErrors: 0 });
    expect(lines(down(twoNetworks({ west: [off], east: [off] }), 'cluster:east'))).toContain(
      'Degraded reviews from west: west 50 lost 50',
    );
  });

  test('that runs the istiod of another leaves that one with what it knows, until its certificates expire', () => {
    const { untilExpiry } = down(threeClusters(), 'cluster:west');
    expect(untilExpiry).toEqual([
      {
        cluster: 'north',
        reason: 'its istiod runs in west',
        proxies: 2,
        firstExpire: 12 * 3600,
        lastExpire: 24 * 3600,
        hearsNews: false,
      },
    ]);
  });
});

describe('other parts that are gone', () => {
  test('a gateway: only what comes through it', () => {
    expect(lines(down(twoNetworks(), 'gateway:east'))).toEqual([
      'Unreachable details from west:  lost 100',
      'Degraded reviews from west: west 50 lost 50',
    ]);
  });

  test('a link between networks: both ways', () => {
    expect(lines(down(twoNetworks(), 'network-link:us-eu'))).toEqual([
      'Unreachable details from west:  lost 100',
      'Degraded reviews from west: west 50 lost 50',
      'Degraded reviews from east: east 50 lost 50',
    ]);
  });

  test('pods: their endpoints go, and the share of the others grows', () => {
    expect(lines(down(twoNetworks(), 'pod-selector:west/shop:app=reviews'))).toEqual([
      'Moved reviews from west: east 100 lost 0',
      'Moved reviews from east: east 100 lost 0',
    ]);
  });

  test('pods while istiod is gone: no proxy hears of it', () => {
    const result = down(twoNetworks(), 'pod-selector:west/shop:app=reviews', 'istiod:west');
    expect(lines(result)).toEqual([
      'Degraded reviews from west: east 50 lost 50',
      'Moved reviews from east: east 100 lost 0',
    ]);
    expect(result.untilExpiry).toMatchObject([{ cluster: 'west', hearsNews: false }]);
  });

  test('a CA: nothing but certificates', () => {
    const result = down(twoNetworks(), 'ca:west');
    expect(lines(result)).toEqual([]);
    expect(result.untilExpiry).toMatchObject([{ cluster: 'west', hearsNews: true, lastExpire: 86_400 }]);
  });

  test.each([
    ['west', 'is not a part of a mesh'],
    ['cluster:south', 'there is no cluster "south"'],
    ['network-link:us-mars', 'does not name two networks'],
    ['network-link:us-us', 'does not name two networks'],
    ['pod-selector:west/shop', 'selects no pods'],
    ['pod-selector:west/shop:app', 'selects no pods'],
    ['pod-selector:south/shop:a=b', 'there is no cluster "south"'],
  ])('"%s" is refused', (text, problem) => {
    const parse = () => parseDown(text, { clusters: ['west', 'east'], networks: ['us', 'eu'] });
    expect(parse).toThrow(expect.objectContaining({ code: 'usage', message: expect.stringContaining(problem) }));
  });

  test('networks whose names hold hyphens are found in a link', () => {
    const names = { clusters: [], networks: ['eu-1', 'eu-2'] };
    expect(parseDown('network-link:eu-1-eu-2', names)).toEqual({ kind: 'network-link', networks: ['eu-1', 'eu-2'] });
  });
});

describe('changed objects', () => {
  const change = (snapshot: Snapshot, objects: readonly KubeObject[]): WhatIf => {
    const clusters = snapshot.clusters.map(({ cluster }) => cluster);
    return whatif(snapshot, { downs: [], changes: parseChanges(objects, clusters) });
  };
  const annotated = (one: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject => ({
    ...one,
    metadata: { ...one.metadata, annotations },
  });

  test('are added, in every cluster or in those that they name', () => {
    const keep = object('networking.istio.io/v1/DestinationRule', 'shop/reviews', {
      spec: { host: 'reviews.shop.svc.cluster.local', trafficPolicy: { tls: { mode: 'DISABLE' } } },
    });
    expect(lines(change(twoNetworks(), [keep]))).toEqual([
      'Moved reviews from west: west 100 lost 0',
      'Moved reviews from east: east 100 lost 0',
    ]);
    const inWest = annotated(keep, { 'isthmus.dev/clusters': 'west' });
    // The gateway of west passes on to pods of which its istiod says that they speak mutual TLS, now none.
    expect(lines(change(twoNetworks(), [inWest]))).toEqual([
      'Degraded reviews from east: east 50 lost 50',
      'Moved reviews from west: west 100 lost 0',
    ]);
  });

  test('are removed, and with a Service its name', () => {
    const gone = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'details', namespace: 'shop' } };
    const marked = annotated(gone, { 'isthmus.dev/change': 'delete', 'isthmus.dev/clusters': 'west' });
    const [first] = change(twoNetworks(), [marked]).changes;
    expect(first).toMatchObject({ verdict: 'Unreachable', from: 'west', after: { none: 'name-not-resolved' } });
  });

  test('with annotations that mean nothing are refused', () => {
    const one = object('v1/Service', 'shop/details');
    for (const [annotation, value] of [
      ['isthmus.dev/change', 'drop'],
      ['isthmus.dev/clusters', 'south'],
    ] as const) {
      expect(() => parseChanges([annotated(one, { [annotation]: value })], ['west'])).toThrow(`"${value}"`);
    }
  });
});

test('what fails already is listed, whatever happens', () => {
  const snapshot = twoNetworks();
  const clusters = snapshot.clusters.map((one) =>
    one.cluster === 'west'
      ? one
      : { ...one, objects: one.objects.filter(({ metadata }) => metadata.name !== 'eastwest-1') },
  );
  const { failing, counts } = whatif({ ...snapshot, clusters }, { downs: [], changes: [] });
  expect(counts.Unreachable).toBe(0);
  expect(failing.map(({ host, from, state }) => [host.split('.')[0], from, state.lost])).toEqual([
    ['details', 'west', 100],
    ['reviews', 'west', 50],
  ]);
  expect(whatif(snapshot, { downs: [], changes: [] }).failing).toEqual([]);
});

test('what everything hangs on is ranked', () => {
  const { singlePoints, counts } = down(threeClusters());
  expect(counts).toMatchObject({ Unreachable: 0, Unchanged: 6 });
  expect(singlePoints.map(({ part, flows }) => [part, flows])).toEqual([
    ['cluster:east', 2],
    ['gateway:east', 2],
    ['network-link:eu-us', 2],
  ]);
});

test('property: what one istiod stands in for is what each istiod says itself', () => {
  const places = fc.record({
    west: fc.subarray(['reviews', 'details', 'ratings']),
    north: fc.subarray(['reviews', 'details', 'ratings']),
    east: fc.subarray(['reviews', 'details', 'ratings']),
    networks: fc.tuple(...(['west', 'north', 'east'] as const).map(() => fc.constantFrom('us', 'eu'))),
    local: fc.boolean(),
    differs: fc.boolean(),
  });
  fc.assert(
    fc.property(places, (drawn) => {
      const snapshot = drawnSnapshot(drawn);
      const world = worldOf(snapshot);
      for (const { any } of representatives(snapshot)) {
        for (const host of world.viewFor(any.cluster)?.services.keys() ?? []) expectSame(world, any, host);
      }
    }),
    { numRuns: 60 },
  );
});

function expectSame(world: World, { cluster, proxy }: Caller, host: string): void {
  const query = { host, port: 80, subset: '', mode: 'outbound' } as const;
  const [said, stood] = [world.viewFor(cluster), world.viewAbout(cluster, host)].map((view) =>
    view === undefined ? undefined : answer(view, proxy, query),
  );
  expect(said).toBeDefined();
  expect(stood?.outcome).toBe(said?.outcome);
  if (said?.outcome === 'Answer') expect(stood).toMatchObject({ effective: said.effective });
}

interface Drawn {
  readonly west: readonly string[];
  readonly north: readonly string[];
  readonly east: readonly string[];
  readonly networks: readonly string[];
  readonly local: boolean;
  readonly differs: boolean;
}

function drawnSnapshot({ west, north, east, networks, local, differs }: Drawn): Snapshot {
  const pods = (names: readonly string[], ip: string) =>
    Object.fromEntries(names.map((name, index) => [name, { [`${name}-${ip}`]: `10.${ip}.0.${index + 1}` }]));
  const extra = differs ? [object('v1/ConfigMap', 'shop/x'), outlier()] : [];
  const snapshot = fakeSnapshot({
    west: { network: networks[0] ?? 'us', pods: pods(west, '1'), extra },
    north: { network: networks[1] ?? 'us', pods: pods(north, '2') },
    east: { network: networks[2] ?? 'us', pods: pods(east, '3') },
  });
  const settings = {
    serviceSettings: [{ settings: { clusterLocal: true }, hosts: ['details.shop.svc.cluster.local'] }],
  };
  return local ? { ...snapshot, istiods: snapshot.istiods.map((one) => ({ ...one, meshConfig: settings })) } : snapshot;
}

describe('AuthorizationPolicies', () => {
  const policy = (spec: JsonObject): KubeObject =>
    object('security.istio.io/v1/AuthorizationPolicy', 'shop/web', { spec });

  test('that a change adds deny its flows, by the one who calls', () => {
    const snapshot = twoNetworks();
    const edit = (spec: JsonObject) => ({ cluster: 'east', action: 'Put', object: policy(spec) }) as const;
    const closed = whatif(snapshot, { downs: [], changes: [edit({})] });
    expect(lines(closed)).toEqual([
      'Unreachable details from west:  lost 100',
      'Unreachable details from east:  lost 100',
      'Degraded reviews from west: west 50 lost 50',
      'Degraded reviews from east: west 50 lost 50',
    ]);
    const forShop = { rules: [{ from: [{ source: { namespaces: ['shop'] } }] }] };
    expect(lines(whatif(snapshot, { downs: [], changes: [edit(forShop)] }))).toEqual([]);
  });

  test('that the question does not decide leave the flows that they are for unknown, with who is to say what', () => {
    const byToken = policy({ rules: [{ when: [{ key: 'request.auth.claims[iss]', values: ['x'] }] }] });
    const { counts, unknown } = down(twoNetworks({ east: [byToken] }));
    expect([counts.Unchanged, counts.Unreachable, counts.Unknown]).toEqual([0, 0, 4]);
    expect(unknown.map(({ flows }) => flows).reduce((sum, one) => sum + one, 0)).toBe(4);
    expect(unknown[0]).toMatchObject({
      finding: {
        code: 'policy-not-decided',
        confidence: 'Unknown',
        message: expect.stringMatching(/AuthorizationPolicy shop\/web .* depends on request\.auth\.claims\[iss\]/),
      },
      services: [expect.stringMatching(/^(details|reviews)\.shop\.svc\.cluster\.local:80$/)],
    });
  });

  test('that a path decides are decided by the path', () => {
    const byPath = policy({ rules: [{ to: [{ operation: { paths: ['/a'] } }] }] });
    const snapshot = twoNetworks({ east: [byPath], west: [byPath] });
    const of = (path?: string) =>
      whatif(snapshot, { downs: [], changes: [], ...(path === undefined ? {} : { request: { path } }) });
    expect(of().counts.Unknown).toBe(4);
    expect(of('/a')).toMatchObject({ counts: { Unknown: 0, Unchanged: 4 }, unreachableBefore: 0 });
    expect(of('/b')).toMatchObject({ counts: { Unknown: 0 }, unreachableBefore: 4 });
  });
});

describe('what is not known', () => {
  test('of a cluster that was not read: every flow that its endpoints may be in, and its callers', () => {
    const { clusters, istiods } = twoNetworks();
    const west = {
      clusters: clusters.slice(0, 1),
      istiods: istiods.slice(0, 1),
      unread: { east: 'it refuses' },
      hints: { east: 'start it' },
    };
    const { counts, unknown, changes, unreachableBefore } = down(west);
    expect({ ...counts, unreachableBefore, changes }).toMatchObject({
      Unknown: 2,
      Unchanged: 0,
      unreachableBefore: 0,
      changes: [],
    });
    expect(unknown).toMatchObject([
      {
        finding: { code: 'endpoints-unread', message: expect.stringContaining('it refuses'), remedy: 'start it' },
        flows: 2,
        callers: ['west'],
      },
      { finding: { code: 'cluster-unread', cluster: 'east', remedy: 'start it' }, flows: 0 },
    ]);
    // A cluster that istiod reads and the mesh file does not name.
    const { unread: _, hints: __, ...undeclared } = west;
    expect(down(undeclared).unknown).toMatchObject([{ finding: { code: 'endpoints-unread' }, flows: 2 }]);
  });

  test('of an istiod that could not be asked what it has synced: the flows to services that its remotes have', () => {
    const { unknown, counts } = down({ ...twoNetworks(), unasked: { west: 'you may not' } });
    expect(counts).toMatchObject({ Unknown: 2 });
    expect(unknown).toMatchObject([
      {
        finding: {
          code: 'endpoints-unread',
          message: expect.stringContaining('synced east is not known (you may not)'),
        },
        flows: 2,
        callers: ['west'],
      },
    ]);
  });

  test('of kinds that were not read: every flow of istiods that go by them', () => {
    const unreadKinds = { east: { AuthorizationPolicy: 'you may not list authorizationpolicies' } };
    const { unknown, counts } = down({ ...twoNetworks(), unreadKinds });
    expect(counts).toMatchObject({ Unknown: 4, Unchanged: 0 });
    expect(unknown).toMatchObject([
      { finding: { code: 'objects-unread', message: expect.stringContaining('you may not list') }, flows: 4 },
    ]);
    // No istiod goes by the configuration of a remote, and none by exports where they are off.
    const { istiods } = twoNetworks();
    const remote = {
      ...twoNetworks(),
      istiods: istiods.slice(0, 1).map((one) => ({ ...one, serves: ['west', 'east'] })),
    };
    expect(down({ ...remote, unreadKinds }).counts.Unknown).toBe(0);
    const exports = { east: { ServiceExport: 'you may not' } };
    expect(down({ ...twoNetworks(), unreadKinds: exports }).counts.Unknown).toBe(0);
  });

  test('of Deployments that were not read: the requests of callers whose istiod may be among them', () => {
    const whole = twoNetworks();
    const unreadKinds = { west: { Deployment: 'you may not list deployments' } };
    const lost = { ...whole, unreadKinds, istiods: whole.istiods.filter(({ cluster }) => cluster !== 'west') };
    expect(down(lost).unknown).toMatchObject([
      {
        finding: { code: 'objects-unread', cluster: 'west', message: expect.stringMatching(/you may not list/) },
        flows: 0,
      },
    ]);
    // Where they were read, the cluster has none.
    expect(down({ ...whole, istiods: lost.istiods }).unknown).toEqual([]);
  });

  test('of what the model does not have: a headless Service', () => {
    const headless = service('shop/db', { spec: { clusterIP: 'None', ports: [{ name: 'tcp', port: 5432 }] } });
    const { unknown, counts } = down(twoNetworks({ west: [headless] }));
    // In east, whose DNS does not know it, it has no answer anyhow.
    expect(counts).toMatchObject({ Unknown: 1, Unchanged: 5 });
    expect(unknown).toMatchObject([
      { finding: { code: 'not-eds' }, flows: 1, services: ['db.shop.svc.cluster.local:5432'], callers: ['west'] },
    ]);
  });

  test('needs no answer where the caller is gone', () => {
    const headless = service('shop/db', { spec: { clusterIP: 'None', ports: [{ name: 'tcp', port: 5432 }] } });
    expect(down(twoNetworks({ west: [headless] }), 'cluster:west').counts.Unknown).toBe(0);
  });
});
