import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { object, service, slice } from '../src/discovery/testing/fake-objects.ts';
import { fieldsOf } from '../src/discovery/values/fields.ts';
import { nodePorts, openMesh, type Trace, type TraceOptions } from '../src/index.ts';
import { fakeSnapshot, gatewayOf, meshPod } from '../src/predict/testing/fake-mesh.ts';
import { writeSnapshotFolder } from '../src/snapshot/folder.ts';

/** Meshes that users of Istio have asked about, each with what its requests really do. */
const meshes = join(import.meta.dirname, 'fixtures/predictions');

async function traceIn(folder: string, options: TraceOptions): Promise<Trace> {
  await using session = await openMesh({ snapshot: folder }, nodePorts());
  return await session.trace(options);
}

/** The endpoints with a share, the share first. */
function shares({ effective }: Pick<Trace, 'effective'>): readonly string[] {
  return effective.map(({ address, via, share }) => `${share}% ${via} ${address}`).toSorted();
}

interface Reported {
  readonly mesh: string;
  readonly to: TraceOptions['to'];
  readonly from?: string;
  readonly verdict: Trace['verdict'];
  readonly deliveredShare: number;
  readonly shares: readonly string[];
  /** Codes of what keeps requests from being delivered or judged. */
  readonly codes: readonly string[];
}

const helloworld = { host: 'helloworld', port: 5000 };
const local = '50% pod 10.1.0.1:5000';

test.each<Reported>([
  {
    mesh: 'networks-by-mesh-networks-alone',
    to: helloworld,
    verdict: 'Delivered',
    deliveredShare: 100,
    shares: ['50% gateway 192.0.2.8:31391', local],
    codes: [],
  },
  {
    mesh: 'entry-that-names-the-address-of-a-gateway',
    to: { host: 'whoami.global', port: 80 },
    verdict: 'NotDelivered',
    deliveredShare: 0,
    shares: ['100% pod 192.0.2.2:15443'],
    codes: ['host-not-served'],
  },
  {
    mesh: 'entry-that-names-a-network',
    to: { host: 'whoami.global', port: 80 },
    verdict: 'NotDelivered',
    deliveredShare: 0,
    shares: ['100% gateway 192.0.2.2:15443'],
    codes: ['host-not-served'],
  },
  {
    mesh: 'gateway-that-ends-tls',
    to: helloworld,
    verdict: 'NotDelivered',
    deliveredShare: 50,
    shares: ['50% gateway 192.0.2.2:15443', local],
    codes: ['no-server'],
  },
  {
    mesh: 'two-dns-entries-of-one-host',
    from: 'west/team-a/client',
    to: { host: 'api.example.com', port: 80 },
    verdict: 'NotJudged',
    deliveredShare: 0,
    shares: [],
    codes: ['not-eds'],
  },
  {
    mesh: 'dns-entry',
    to: { host: 'api.example.com', port: 443 },
    verdict: 'NotJudged',
    deliveredShare: 0,
    shares: [],
    codes: ['not-eds'],
  },
  {
    mesh: 'gateway-without-address',
    to: helloworld,
    verdict: 'NotDelivered',
    deliveredShare: 50,
    shares: [local, '50% pod 10.2.0.1:5000'],
    codes: ['other-network'],
  },
  {
    mesh: 'gateway-with-external-ips',
    to: helloworld,
    verdict: 'Delivered',
    deliveredShare: 100,
    shares: ['50% gateway 192.0.2.2:15443', local],
    codes: [],
  },
])('$mesh', async ({ mesh, to, from = 'west/shop/client', codes, ...expected }) => {
  const found = await traceIn(join(meshes, mesh), { from, to });
  const { verdict, deliveredShare, findings } = found;
  expect({ verdict, deliveredShare, shares: shares(found) }).toEqual(expected);
  expect(findings.map(({ code }) => code)).toEqual(codes);
});

describe('routes by path to a subset for each cluster', () => {
  const folder = join(meshes, 'routes-by-path-to-a-subset-for-each-cluster');
  const to = { host: 'router', port: 80 };

  test.each([
    ['/site/1/api', ['100% pod 10.1.0.1:8080']],
    ['/site/3/api/x', ['100% gateway 192.0.2.2:15443']],
  ])('%s', async (path, expected) => {
    const found = await traceIn(folder, { from: 'west/shop/client', to, path });
    expect(found.verdict).toBe('Delivered');
    expect(found.destinations.flatMap(shares)).toEqual(expected);
  });

  test('a request that no route matches is answered 404, and its path is named', async () => {
    const [finding] = (await traceIn(folder, { from: 'west/shop/client', to })).findings;
    expect(finding).toMatchObject({ code: 'no-match', message: expect.stringContaining('(GET /)') });
  });
});

describe('with more objects in west', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isthmus-reported-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const extended = async (mesh: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const made = join(await mkdtemp(join(folder, 'mesh-')), mesh);
    await cp(join(meshes, mesh), made, { recursive: true });
    for (const [name, more] of Object.entries(files)) {
      const path = join(made, name);
      await writeFile(path, `${await readFile(path, 'utf8')}\n${more}`);
    }
    return made;
  };

  /** A mesh in which this text of one of its files is another, wherever it stands. */
  const edited = async (mesh: string, file: string, edits: Readonly<Record<string, string>>): Promise<string> => {
    const made = await extended(mesh, {});
    const path = join(made, file);
    const text = await readFile(path, 'utf8');
    const changed = Object.entries(edits).reduce((now, [from, to]) => {
      if (!now.includes(from)) throw new Error(`${mesh}/${file} has no ${from}`);
      return now.replace(from, to);
    }, text);
    await writeFile(path, changed);
    return made;
  };

  describe('an entry that names a network, and a gateway that exposes its domain', () => {
    const served = { '- "*.local"': '- "*.local"\n        - "*.global"' };
    const to = { host: 'whoami.global', port: 80 };
    const mesh = 'entry-that-names-a-network';

    test('is delivered through the gateway', async () => {
      const made = await edited(mesh, 'east/objects.yaml', served);
      const found = await traceIn(made, { from: 'west/shop/client', to });
      expect(found).toMatchObject({ verdict: 'Delivered', deliveredShare: 100, findings: [] });
      expect(shares(found)).toEqual(['100% gateway 192.0.2.2:15443']);
    });

    test('ends at the gateway where no pod behind it is ready', async () => {
      const pod = (ready: string): string =>
        `podIP: 10.2.0.1\n  podIPs:\n    - ip: 10.2.0.1\n  conditions:\n    - type: Ready\n      status: "${ready}"`;
      const made = await edited(mesh, 'east/objects.yaml', { ...served, [pod('True')]: pod('False') });
      const found = await traceIn(made, { from: 'west/shop/client', to });
      expect(found).toMatchObject({ verdict: 'NotDelivered', findings: [{ code: 'no-healthy-endpoint' }] });
    });
  });

  test.each([
    [
      'has become a ClusterIP',
      { 'type: LoadBalancer': 'type: ClusterIP' },
      'is of type ClusterIP, which has no address',
    ],
    [
      'has lost its label',
      { 'app: istio-eastwestgateway\n    topology.istio.io/network: eu\nspec:': 'app: istio-eastwestgateway\nspec:' },
      'lacks the label topology.istio.io/network',
    ],
  ])(
    'a gateway whose Service %s takes nothing: requests to pods of its network are lost',
    async (_title, edits, why) => {
      const made = await edited('gateway-with-external-ips', 'east/objects.yaml', {
        '  externalIPs:\n    - 192.0.2.2\n': '',
        ...edits,
      });
      const found = await traceIn(made, { from: 'west/shop/client', to: helloworld });
      expect(found).toMatchObject({
        verdict: 'NotDelivered',
        deliveredShare: 50,
        findings: [{ code: 'other-network' }],
      });
      expect(shares(found)).toEqual([local, '50% pod 10.2.0.1:5000']);
      expect(found.findings[0]?.message).toContain(why);
      await using session = await openMesh({ snapshot: made }, nodePorts());
      const { failing } = await session.whatif({});
      expect(failing.map(({ host, state }) => `${host.split('.')[0]} ${state.lost}`)).toContain('helloworld 50');
    },
  );

  const nodeIn = (region: string): string =>
    `---\napiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {topology.kubernetes.io/region: ${region}}}\n`;

  test.each([
    [
      'keeps to its region where hosts can be ejected',
      'outlierDetection: {consecutive5xxErrors: 5}',
      ['0% gateway 192.0.2.2:15443', '100% pod 10.1.0.1:5000'],
      ['100% west direct'],
    ],
    [
      'spreads over both regions else',
      'connectionPool: {tcp: {maxConnections: 9}}',
      ['50% gateway 192.0.2.2:15443', local],
      ['50% east gateway:east', '50% west direct'],
    ],
  ])(
    'an ingress gateway %s, and goes over to the other where its own pods are gone',
    async (_title, policy, expected, before) => {
      const ingress = `${nodeIn('us-east')}---
apiVersion: v1
kind: Pod
metadata: { name: ingress, namespace: shop, labels: { istio: ingressgateway } }
spec:
  nodeName: n1
  containers: [{ name: istio-proxy, args: [proxy, router], env: [{ name: ISTIO_META_NETWORK, value: us }] }]
status: { phase: Running, podIP: 10.1.0.8, podIPs: [{ ip: 10.1.0.8 }], conditions: [{ type: Ready, status: "True" }] }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: helloworld, namespace: shop }
spec: { host: helloworld.shop.svc.cluster.local, trafficPolicy: { ${policy} }, subsets: [{ name: all, labels: { app: helloworld } }] }
`;
      const made = await extended('gateway-with-external-ips', {
        'west/objects.yaml': ingress,
        'east/objects.yaml': nodeIn('eu-west'),
      });
      const found = await traceIn(made, { from: 'west/shop/ingress', to: helloworld, subset: 'all' });
      expect(shares(found)).toEqual(expected);
      await using session = await openMesh({ snapshot: made }, nodePorts());
      const { changes } = await session.whatif({ down: ['pod-selector:west/shop:app=helloworld'] });
      const answered = (state: (typeof changes)[number]['after']): readonly string[] =>
        (state?.shares ?? []).map(({ cluster, share, ways }) => `${share}% ${cluster} ${ways.join()}`).toSorted();
      const changed = changes.map(({ before, after }) => ({ before: answered(before), after: answered(after) }));
      expect(changed).toContainEqual({ before, after: ['100% east gateway:east'] });
    },
  );

  test("a WorkloadEntry's port goes before the Service's target port", async () => {
    const machine = `---
apiVersion: v1
kind: Service
metadata: { name: vm, namespace: shop }
spec: { clusterIP: 10.96.0.50, selector: { app: vm }, ports: [{ name: http, port: 80, targetPort: 1234 }] }
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: vm, namespace: shop }
spec: { address: 192.0.2.50, ports: { http: 5678 }, labels: { app: vm } }
`;
    const made = await extended('gateway-with-external-ips', { 'west/objects.yaml': machine });
    const found = await traceIn(made, { from: 'west/shop/client', to: { host: 'vm', port: 80 } });
    expect(found.endpoints.map(({ address }) => address)).toEqual(['192.0.2.50:5678']);
  });

  test('the range of a network does not count for the addresses of a ServiceEntry', async () => {
    const entry = `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: legacy, namespace: shop }
spec:
  hosts: [legacy.example.com]
  ports: [{ name: http, number: 80, protocol: HTTP }]
  resolution: STATIC
  endpoints: [{ address: 192.0.2.77 }]
`;
    const made = await extended('networks-by-mesh-networks-alone', { 'west/objects.yaml': entry });
    await writeFile(
      join(made, 'istiods.yaml'),
      '- cluster: west\n  meshNetworks: {networks: {vms: {endpoints: [{fromCidr: 192.0.2.0/24}], gateways: [{address: 198.51.100.1, port: 15443}]}}}\n- cluster: east\n',
    );
    const found = await traceIn(made, { from: 'west/shop/client', to: { host: 'legacy.example.com', port: 80 } });
    expect(shares(found)).toEqual(['100% pod 192.0.2.77:80']);
  });

  test('a name that nobody declares goes out by itself, and is kept in under REGISTRY_ONLY', async () => {
    const to = { host: 'api.example.org', port: 80 };
    const open = await traceIn(join(meshes, 'dns-entry'), { from: 'west/shop/client', to });
    expect(open.verdict).toBe('NotJudged');
    const made = await extended('dns-entry', {});
    await writeFile(
      join(made, 'istiods.yaml'),
      '- cluster: west\n  meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}\n',
    );
    expect((await traceIn(made, { from: 'west/shop/client', to })).verdict).toBe('NotDelivered');
  });
});

test('a service exported in one of two clusters of a network is reached there alone, behind the gateway too', async () => {
  const exported = object('multicluster.x-k8s.io/v1alpha1/ServiceExport', 'shop/reviews');
  const mesh = fakeSnapshot({
    west: { network: 'us', pods: { reviews: { 'reviews-w': '10.1.0.1' } } },
    north: { network: 'us', pods: { reviews: { 'reviews-n': '10.3.0.1' } }, extra: [exported] },
    east: { network: 'eu', pods: { reviews: { 'reviews-e': '10.2.0.1' } } },
  });
  const flags = { ENABLE_MCS_SERVICE_DISCOVERY: 'true' };
  const snapshot = { ...mesh, istiods: mesh.istiods.map((istiod) => ({ ...istiod, flags })) };
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-exported-'));
  try {
    await writeSnapshotFolder(folder, { snapshot, takenAt: undefined, gaps: [] });
    const found = await traceIn(folder, { from: 'east/shop/client', to: { host: 'reviews', port: 80 } });
    expect(found.verdict).toBe('Delivered');
    expect(shares(found)).toEqual([`50% gateway ${gatewayOf('north')}:15443`, '50% pod 10.2.0.1:8080']);
    expect(found.excluded.map(({ address, reason }) => `${address} ${reason}`)).toContain(
      '10.1.0.1:8080 mcs-not-exported',
    );
    const behind = found.destinations.flatMap(({ gateways }) => gateways);
    expect(behind).not.toEqual([]);
    expect(JSON.stringify(behind)).not.toContain('10.1.0.1');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a rule for one zone leaves all other zones balanced evenly', async () => {
  const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
  const node = (zone: string) =>
    object('v1/Node', zone, {
      labels: { 'topology.kubernetes.io/region': 'us-east', 'topology.kubernetes.io/zone': zone },
    });
  const placed = (name: string, ip: string, { app, zone }: { app: string; zone: string }) => {
    const pod = meshPod(name, ip, { network: 'us', app });
    return { ...pod, spec: { ...fieldsOf(pod.spec), nodeName: zone } };
  };
  const servers = Object.fromEntries(
    zones.flatMap((zone, at) => [0, 1].map((of) => [`web-${zone}-${of}`, `10.1.${at}.${of}`])),
  );
  const rule = object('networking.istio.io/v1/DestinationRule', 'shop/web', {
    spec: {
      host: 'web.shop.svc.cluster.local',
      trafficPolicy: {
        outlierDetection: { consecutive5xxErrors: 5 },
        loadBalancer: {
          localityLbSetting: {
            distribute: [
              { from: 'us-east/us-east-1a/*', to: { 'us-east/us-east-1a/*': 80, 'us-east/us-east-1b/*': 20 } },
            ],
          },
        },
      },
    },
  });
  const snapshot = fakeSnapshot({
    west: {
      network: 'us',
      extra: [
        service('shop/web'),
        slice('shop/web', servers),
        ...zones.map(node),
        ...zones.flatMap((zone, at) =>
          [0, 1].map((of) => placed(`web-${zone}-${of}`, `10.1.${at}.${of}`, { app: 'web', zone })),
        ),
        ...zones.map((zone, at) => placed(`caller-${zone}`, `10.8.0.${at}`, { app: 'caller', zone })),
        rule,
      ],
    },
  });
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-zones-'));
  try {
    await writeSnapshotFolder(folder, { snapshot, takenAt: undefined, gaps: [] });
    const sharesFrom = async (zone: string): Promise<readonly number[]> => {
      const found = await traceIn(folder, { from: `west/shop/caller-${zone}`, to: { host: 'web', port: 80 } });
      return found.effective.map(({ share }) => Math.round(share * 10) / 10).toSorted((a, b) => b - a);
    };
    expect(await sharesFrom('us-east-1a')).toEqual([40, 40, 10, 10]);
    for (const zone of ['us-east-1b', 'us-east-1c']) expect(await sharesFrom(zone)).toEqual(Array(6).fill(16.7));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
