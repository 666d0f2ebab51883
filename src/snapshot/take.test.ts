import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import { systemClock } from '../base/system-clock.ts';
import { createFake, type FakeOptions } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { istiodsOf } from './istiod-settings.ts';
import { takeSnapshot } from './take.ts';

const system = 'istio-system';

function object(kind: string, name: string, rest: JsonObject & { readonly metadata?: JsonObject } = {}): KubeObject {
  const [group, own] = kind.includes('/')
    ? [kind.slice(0, kind.lastIndexOf('/')), kind.slice(kind.lastIndexOf('/') + 1)]
    : ['v1', kind];
  const [namespace, last] = name.includes('/') ? name.split('/') : [undefined, name];
  const metadata = { name: last ?? '', ...(namespace === undefined ? {} : { namespace }), ...rest.metadata };
  return { ...rest, apiVersion: group, kind: own, metadata };
}

function istiod(cluster: string, env: Readonly<Record<string, string>> = {}): KubeObject {
  const variables = Object.entries({ CLUSTER_ID: cluster, ...env }).map(([name, value]) => ({ name, value }));
  return object('apps/v1/Deployment', `${system}/istiod`, {
    metadata: { labels: { app: 'istiod' } },
    spec: {
      replicas: 1,
      template: {
        spec: { containers: [{ name: 'discovery', args: ['discovery', '--domain', 'mesh.local'], env: variables }] },
      },
    },
  });
}

function remoteSecret(cluster: string, creationTimestamp: string): KubeObject {
  return object('Secret', `${system}/istio-remote-secret-${cluster}`, {
    metadata: { labels: { 'istio/multiCluster': 'true' }, creationTimestamp },
    data: { [cluster]: 'dG9rZW46IHRvcC1zZWNyZXQ=' },
  });
}

const meshConfig = object('ConfigMap', `${system}/istio`, {
  data: { mesh: 'trustDomain: shop.example\n', meshNetworks: 'networks: {}\n' },
});

function fake(cluster: string, objects: readonly KubeObject[], more: FakeOptions = {}) {
  return createFake({ cluster, objects, ...more });
}

const options = {
  clock: systemClock,
  signal: new AbortController().signal,
  unreachable: new Map<string, IsthmusError>(),
  resolve: async () => [],
};

const west = [
  istiod('west'),
  meshConfig,
  remoteSecret('east', '2026-01-02T00:00:00Z'),
  remoteSecret('north', '2026-01-01T00:00:00Z'),
];
const north = [
  object('Namespace', system, { metadata: { annotations: { 'topology.istio.io/controlPlaneClusters': 'west' } } }),
];

test('istiods are found with what they read, serve and are set to, and no credential is kept', async () => {
  const clients = [
    fake('west', west),
    fake('north', north),
    fake('east', [
      istiod('east', { PILOT_SEND_UNHEALTHY_ENDPOINTS: 'true', VENDOR_LICENSE_KEY: 'dG9rZW46' }),
      meshConfig,
    ]),
  ];
  const { snapshot } = await takeSnapshot(clients, options);
  expect(snapshot.clusters.map(({ cluster }) => cluster)).toEqual(['west', 'north', 'east']);
  expect(snapshot.istiods).toEqual([
    {
      cluster: 'east',
      runsIn: 'east',
      serves: ['east'],
      remotes: [],
      flags: { CLUSTER_ID: 'east', PILOT_SEND_UNHEALTHY_ENDPOINTS: 'true', VENDOR_LICENSE_KEY: '(redacted)' },
      meshConfig: { trustDomain: 'shop.example' },
      meshNetworks: { networks: {} },
      domain: 'mesh.local',
      namespace: system,
    },
    expect.objectContaining({ cluster: 'west', serves: ['west', 'north'], remotes: ['east', 'north'] }),
  ]);
  expect(JSON.stringify(snapshot)).not.toContain('dG9rZW46');
  expect(JSON.stringify(snapshot)).toContain('(redacted)');
});

test('the istiod of a cluster may run in another', async () => {
  const hosted = {
    ...istiod('north', { POD_NAMESPACE: system }),
    metadata: { name: 'istiod', namespace: 'istiod-north', labels: { app: 'istiod' } },
  };
  const clients = [
    fake('west', [...west, hosted]),
    fake('north', [meshConfig, remoteSecret('west', '2026-01-01T00:00:00Z')]),
  ];
  const { istiods } = (await takeSnapshot(clients, options)).snapshot;
  expect(istiods).toMatchObject([
    {
      cluster: 'north',
      runsIn: 'west',
      serves: ['north'],
      remotes: ['west'],
      namespace: system,
      meshConfig: { trustDomain: 'shop.example' },
    },
    { cluster: 'west', runsIn: 'west', serves: ['west'] },
  ]);
});

test('of two revisions the default one counts, and one without pods comes last', async () => {
  const canary = {
    ...istiod('west', { REVISION: 'canary' }),
    metadata: { name: 'istiod-canary', namespace: system, labels: { app: 'istiod' } },
  };
  const { istiods } = (await takeSnapshot([fake('west', [canary, istiod('west')])], options)).snapshot;
  expect(istiods).toMatchObject([{ flags: { CLUSTER_ID: 'west' } }]);
  const stopped = { ...istiod('west'), spec: { ...(istiod('west').spec as JsonObject), replicas: 0 } };
  const other = (await takeSnapshot([fake('west', [canary, stopped])], options)).snapshot;
  expect(other.istiods).toMatchObject([{ flags: { REVISION: 'canary' } }]);
});

test('what says elsewhere that it is an istiod decides nothing', async () => {
  const forged = (cluster: string, namespace: string): KubeObject => ({
    ...istiod(cluster, { PILOT_ENABLE_CDS_CACHE: 'false' }),
    metadata: { name: `a-${cluster}`, namespace, labels: { app: 'istiod' } },
  });
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'tenant' },
    data: { mesh: 'trustDomain: evil.example' },
  };
  const secret = remoteSecret('evil', '2026-01-01T00:00:00Z');
  const elsewhere = { ...secret, metadata: { ...secret.metadata, namespace: 'tenant' } };
  const others = [
    forged('west', 'tenant'),
    forged('north', 'tenant'),
    forged('west', 'istiod-east'),
    config,
    elsewhere,
  ];
  const honest = await takeSnapshot([fake('west', west)], options);
  const { snapshot } = await takeSnapshot([fake('west', [...west, ...others])], options);
  expect(snapshot.istiods).toEqual(honest.snapshot.istiods);
  expect(JSON.stringify(snapshot)).not.toContain('evil');
});

test('a cluster that does not answer and a kind that may not be read are gaps', async () => {
  const denied = (kind: string): FakeOptions => ({
    intercept: (call) => {
      if (call.verb === 'list' && call.kind === kind)
        throw new IsthmusError('access-denied', `no right to list ${kind}`);
    },
  });
  const gone = new IsthmusError('cluster-unreachable', 'north: no answer');
  const clients = [fake('west', west, denied('Node')), fake('east', [], denied('Pod'))];
  const taken = await takeSnapshot(clients, { ...options, unreachable: new Map([['north', gone]]) });
  expect(taken.snapshot.clusters.map(({ cluster }) => cluster)).toEqual(['west']);
  expect(taken.snapshot.unreadKinds).toEqual({ west: { Node: 'no right to list Node' } });
  expect(taken.gaps.join('\n')).toMatch(
    /north was not read: north: no answer\neast was not read: .*Pod\nwest: Node objects could not be read/,
  );
});

test('an istiod that does not say what it has synced is a gap, and the snapshot keeps why', async () => {
  const refused = new IsthmusError('access-denied', 'no right to create pods/portforward');
  const forward = (): never => {
    throw refused;
  };
  const pod = object('Pod', `${system}/istiod-1`, {
    metadata: { labels: { app: 'istiod' } },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const taken = await takeSnapshot([fake('west', [...west, pod], { forward }), fake('east', [])], options);
  expect(taken.snapshot.unasked).toEqual({ west: expect.stringContaining('no right to create pods/portforward') });
  expect(taken.gaps).toEqual([expect.stringMatching(/^which clusters the istiod of west has synced is not known: /)]);
  // One with no remote secret has nothing to sync.
  const alone = await takeSnapshot([fake('west', [istiod('west'), meshConfig, pod], { forward })], options);
  expect([alone.snapshot.unasked, alone.gaps]).toEqual([undefined, []]);
});

test('host names of gateways are looked up in a number that any mesh has, and the others are a gap', async () => {
  const way = (index: number, namespace = 'tenant'): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `way-${index}`, namespace, labels: { 'topology.istio.io/network': 'us' } },
    spec: { type: 'LoadBalancer', ports: [{ name: 'tls', port: 15_443 }] },
    status: { loadBalancer: { ingress: [{ hostname: `way-${index}.example` }] } },
  });
  const asked: string[] = [];
  const resolve = async (host: string): Promise<readonly string[]> => {
    asked.push(host);
    return Array.from({ length: 500 }, (_, index) => `192.0.2.${index % 250}`);
  };
  const ways = Array.from({ length: 200 }, (_, index) => way(index));
  const { snapshot, gaps } = await takeSnapshot([fake('west', [...west, ...ways])], { ...options, resolve });
  expect(asked).toHaveLength(64);
  expect(gaps).toContain('136 host names of gateways were not looked up: 64 are');
  expect(Math.max(...Object.values(snapshot.resolutions ?? {}).map(({ length }) => length))).toBe(32);
  const few = await takeSnapshot([fake('west', [...west, ...ways.slice(0, 2)])], { ...options, resolve });
  expect(few.gaps).toEqual([]);

  // Whatever their names, those that a tenant cannot state are looked up first.
  const labelled = object('Namespace', 'ways', { metadata: { labels: { 'topology.istio.io/network': 'us' } } });
  const own = [labelled, way(998, 'ways'), way(999, system)];
  asked.length = 0;
  const both = await takeSnapshot([fake('west', [...west, ...ways, ...own])], { ...options, resolve });
  expect(asked).toHaveLength(64);
  expect(asked.slice(0, 2).toSorted()).toEqual(['way-998.example', 'way-999.example']);
  expect(both.gaps).toContain('138 host names of gateways were not looked up: 64 are');
});

test('without any cluster the first error is thrown', async () => {
  const gone = new IsthmusError('cluster-unreachable', 'west: no answer');
  await expect(takeSnapshot([], { ...options, unreachable: new Map([['west', gone]]) })).rejects.toBe(gone);
});

test('T21: remote secrets count in the order of their age, and a cluster that two of them name counts once', () => {
  const second = remoteSecret('north', '2026-01-03T00:00:00Z');
  const secrets = [
    remoteSecret('east', '2026-01-02T00:00:00Z'),
    { ...second, metadata: { ...second.metadata, name: 'other' } },
    remoteSecret('north', '2026-01-01T00:00:00Z'),
  ];
  const facts = { cluster: 'west', namespaces: [], deployments: [istiod('west')], configMaps: [], secrets };
  expect(istiodsOf([facts])).toMatchObject([{ podNamespace: system, settings: { remotes: ['north', 'east'] } }]);
});
