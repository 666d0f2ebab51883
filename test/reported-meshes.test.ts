import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodePorts, openMesh, type Trace, type TraceOptions } from '../src/index.ts';

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

  const nodeIn = (region: string): string =>
    `---\napiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {topology.kubernetes.io/region: ${region}}}\n`;

  test.each([
    [
      'keeps to its region where hosts can be ejected',
      'outlierDetection: {consecutive5xxErrors: 5}',
      ['0% gateway 192.0.2.2:15443', '100% pod 10.1.0.1:5000'],
    ],
    [
      'spreads over both regions else',
      'connectionPool: {tcp: {maxConnections: 9}}',
      ['50% gateway 192.0.2.2:15443', local],
    ],
  ])('an ingress gateway %s', async (_title, policy, expected) => {
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
  });

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
