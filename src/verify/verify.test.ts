import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { virtualClock } from '../probe/virtual-clock.ts';
import { type FakeCluster, type FakeMesh, fakeCluster, gatewayAddress, podIp, workingMesh } from './fake-mesh.ts';
import { expiresAnnotation } from './manifests.ts';
import type { VerifyReport } from './report.ts';
import { type VerifyOptions, verify } from './verify.ts';

const west = { name: 'west', network: 'us' };
const east = { name: 'east', network: 'eu' };
const apac = { name: 'apac', network: 'eu' };

interface Run {
  readonly report: VerifyReport;
  readonly clusters: ReadonlyMap<string, FakeCluster>;
}

async function run(mesh: FakeMesh, options: Partial<VerifyOptions> = {}): Promise<Run> {
  const clock = virtualClock();
  const clusters = new Map(mesh.clusters.map(({ name }) => [name, fakeCluster(mesh, name, clock)]));
  const report = await verify({
    mesh: 'shop',
    trustDomain: mesh.trustDomain,
    clusters: mesh.clusters.map((member) => ({ ...member, access: { client: clientOf(clusters, member.name) } })),
    image: 'isthmus.invalid/isthmus:1',
    runId: 'ab12',
    clock,
    signal: new AbortController().signal,
    ...options,
  });
  return { report, clusters };
}

function clientOf(clusters: Run['clusters'], name: string): FakeCluster['client'] {
  const found = clusters.get(name);
  if (found === undefined) throw new Error(`no cluster ${name}`);
  return found.client;
}

function hopsOf({ pairs }: VerifyReport): Record<string, string> {
  return Object.fromEntries(pairs.map(({ from, to, failure }) => [`${from}-${to}`, failure?.hop ?? 'ok']));
}

describe('a mesh that works', () => {
  test('is proved by path, identity and share, and leaves nothing behind', async () => {
    const { report, clusters } = await run(workingMesh([west, east]));
    expect(report).toMatchObject({ ok: true, passed: 4, total: 4, namespace: 'isthmus-verify-ab12' });
    expect(report.pairs[0]).toMatchObject({
      from: 'west',
      to: 'east',
      path: 'Gateway',
      via: [`${gatewayAddress('east')}:15443`],
      identity: {
        seen: {
          client: 'spiffe://cluster.local/ns/isthmus-verify-ab12/sa/client-west',
          server: 'spiffe://cluster.local/ns/isthmus-verify-ab12/sa/server-east',
        },
      },
      latencyMs: { p50: 2, p99: 2 },
      requests: 20,
      failures: 0,
    });
    expect(report.shared[0]?.shares.map(({ percent }) => percent)).toEqual([50, 50]);
    for (const cluster of clusters.values()) expect(cluster.deleted).toEqual(['isthmus-verify-ab12']);
    expect(report.firstCrossClusterMs).toBeLessThan(1000);
    expect(report.durationMs).toBeLessThan(3000);
  });

  test.each([
    { sidecars: 'injects', injects: true, within: [30_000, 32_000] },
    { sidecars: 'injects no', injects: false, within: [1_000, 4_000] },
  ])('makes its pods when the root is there, where the webhook $sidecars sidecars', async ({ injects, within }) => {
    const mesh = { ...workingMesh([west, east]), injects: () => injects, rootCertificateAt: () => 30_000 };
    const { report } = await run(mesh);
    expect(report.ok).toBe(injects);
    expect(report.durationMs).toBeGreaterThan(within[0] ?? 0);
    expect(report.durationMs).toBeLessThan(within[1] ?? 0);
  });

  test('goes directly where clusters share a network, and judges another network as a whole', async () => {
    const { report } = await run(workingMesh([west, east, apac]));
    expect(report).toMatchObject({ ok: true, passed: 9, total: 9 });
    const direct = report.pairs.find(({ from, to }) => from === 'east' && to === 'apac');
    expect(direct).toMatchObject({ expectedPath: 'Direct', path: 'Direct', via: [`${podIp('apac')}:8080`] });
    expect(report.shared[0]?.expectations).toEqual([
      { clusters: ['west'], minimumPercent: 8.3 },
      { clusters: ['east', 'apac'], minimumPercent: 16.7 },
    ]);
  });

  test('of one cluster is checked within that cluster', async () => {
    const { report } = await run(workingMesh([west]));
    expect(report).toMatchObject({ ok: true, total: 1, shared: [], firstCrossClusterMs: null });
    expect(report.pairs[0]).toMatchObject({ from: 'west', to: 'west', path: 'Direct' });
  });

  test('with locality failover is right to keep requests near', async () => {
    const mesh = workingMesh([west, east]);
    const hosts: FakeMesh['hosts'] = (from, to) =>
      mesh.hosts(from, to).map((host) => ({ ...host, priority: from === to ? 0 : 1 }));
    const { report } = await run({ ...mesh, hosts });
    expect(report.ok).toBe(true);
    expect(report.shared[0]).toMatchObject({
      mode: 'LocalFirst',
      expectations: [],
      shares: [{ percent: 100 }, { percent: 0 }],
    });
  });
});

describe('a hop that fails is named', () => {
  const mesh = workingMesh([west, east]);
  const fromWest = (host: { readonly cluster: string }, from: string): boolean =>
    from === 'west' && host.cluster === 'east';

  test.each<[string, Partial<FakeMesh>]>([
    ['Dns', { resolves: (from, service) => !(from === 'west' && service === 'only-east') }],
    ['Discovery', { hosts: (from, to) => (from === 'west' && to === 'east' ? [] : mesh.hosts(from, to)) }],
    [
      'Network',
      {
        hosts: (from, to) =>
          from === 'west' && to === 'east'
            ? [{ address: podIp('east'), port: 8080, cluster: 'east' }]
            : mesh.hosts(from, to),
      },
    ],
    [
      'Connect',
      {
        answer: (from, host) => (fromWest(host, from) ? new Error('no answer within 2000 ms') : undefined),
        dial: (_from, host) => ({ ...host, tcp: 'Timeout', tls: 'None' }),
      },
    ],
    [
      'Trust',
      {
        answer: (from, host) =>
          fromWest(host, from)
            ? {
                status: 503,
                body: 'upstream connect error, transport failure reason: TLS_error: CERTIFICATE_VERIFY_FAILED',
              }
            : undefined,
      },
    ],
    [
      'Gateway',
      {
        answer: (from, host) => (fromWest(host, from) ? { status: 503, body: 'connection termination' } : undefined),
        dial: (_from, host) => ({ ...host, tcp: 'Connected', tls: 'Closed' }),
      },
    ],
    [
      'Policy',
      { answer: (from, host) => (fromWest(host, from) ? { status: 403, body: 'RBAC: access denied' } : undefined) },
    ],
    ['Server', { answer: (from, host) => (fromWest(host, from) ? { status: 502, body: 'bad' } : undefined) }],
    [
      'Identity',
      {
        answer: (from, host) =>
          fromWest(host, from)
            ? { status: 200, body: '{"cluster":"east","pod":"server-east","clientCertificate":null}' }
            : undefined,
      },
    ],
  ])('%s', async (hop, broken) => {
    const { report } = await run({ ...mesh, ...broken });
    expect(hopsOf(report)).toEqual({ 'west-east': hop, 'east-west': 'ok' });
    expect(report.ok).toBe(false);
    expect(report.pairs[0]?.failure?.finding.remedy).not.toBe('');
  });

  test('ClientProxy, where the sidecar never becomes ready', async () => {
    const { report } = await run({ ...mesh, sidecarReady: (cluster) => cluster !== 'west' });
    expect(hopsOf(report)).toEqual({ 'west-east': 'ClientProxy', 'east-west': 'ok' });
  });

  test('ServerPod, where an image cannot be had', async () => {
    const waiting = { reason: 'ErrImageNeverPull', message: 'image is not present' };
    const { report } = await run({
      ...mesh,
      podStatus: (cluster, pod) =>
        pod === 'server-east'
          ? { phase: 'Pending', containerStatuses: [{ name: 'probe', ready: false, state: { waiting } }] }
          : mesh.podStatus(cluster, pod),
      hosts: (from, to) => (to === 'east' ? [] : mesh.hosts(from, to)),
    });
    expect(hopsOf(report)).toEqual({ 'west-east': 'ServerPod', 'east-west': 'ok' });
    expect(report.pairs[0]?.failure?.finding.evidence?.[0]?.fact).toContain('ErrImageNeverPull');
    expect(report.shared.map(({ failure }) => failure?.hop)).toEqual(['ServerPod', 'ServerPod']);
  });

  test('pods without a sidecar, at either end', async () => {
    const { report } = await run({ ...mesh, injects: (cluster) => cluster !== 'east' });
    expect(hopsOf(report)['east-west']).toBe('ClientPod');
    expect(report.clusters[1]?.finding?.message).toContain('without a sidecar');
  });

  test('an API server that hands out no logs', async () => {
    const forbidden = new IsthmusError('access-denied', 'pods/log is forbidden', { cluster: 'west' });
    const { report } = await run({
      ...mesh,
      apiFailure: (cluster, verb) => (cluster === 'west' && verb === 'logs' ? forbidden : undefined),
    });
    expect(report.pairs[0]?.failure).toMatchObject({
      hop: 'ClientPod',
      finding: {
        code: 'verify-client-pod',
        evidence: [{ source: 'west: client pod' }, { fact: 'reading its log: pods/log is forbidden' }],
      },
    });
    expect(report.pairs[1]?.ok).toBe(true);
  });
});

describe('a right that is missing is named', () => {
  test.each([
    ['list', 'Pod'],
    ['get', 'ConfigMap'],
  ])('to %s a %s', async (verb, kind) => {
    const denied = new IsthmusError('access-denied', `ann may not ${verb} it`, { cluster: 'west' });
    const { report } = await run({
      ...workingMesh([west, east]),
      apiFailure: (cluster, does, ref) =>
        cluster === 'west' && does === verb && ref.kind === kind ? denied : undefined,
    });
    expect(report.ok).toBe(false);
    expect(JSON.stringify(report.pairs)).toContain(`ann may not ${verb} it`);
  });
});

describe('a cluster that does not answer', () => {
  const lost = new IsthmusError('cluster-unreachable', 'east does not answer', { cluster: 'east', retry: true });

  test('costs its own checks only, whether that is known before or found out', async () => {
    const mesh = workingMesh([west, east, apac]);
    const found = await run({ ...mesh, apiFailure: (cluster) => (cluster === 'east' ? lost : undefined) });
    expect(hopsOf(found.report)).toEqual({
      'west-east': 'Cluster',
      'west-apac': 'ok',
      'east-west': 'Cluster',
      'east-apac': 'Cluster',
      'apac-west': 'ok',
      'apac-east': 'Cluster',
    });
    expect(found.report.pairs.filter(({ tested }) => !tested)).toHaveLength(4);
    expect(found.report.shared.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(found.report.clusters[1]).toMatchObject({
      tested: false,
      finding: { code: 'verify-cluster', message: 'east does not answer' },
      cleanUp: 'Failed',
    });

    const clock = virtualClock();
    const clusters = mesh.clusters.map((member) => ({
      ...member,
      access: member.name === 'east' ? { error: lost } : { client: fakeCluster(mesh, member.name, clock).client },
    }));
    const known = await run(mesh, { clock, clusters });
    expect(hopsOf(known.report)).toEqual(hopsOf(found.report));
    expect(known.report.clusters[1]).toMatchObject({ tested: false, cleanUp: 'Nothing' });
  });
});

describe('whatever ends a run, it cleans up', () => {
  test('an abort is reported as such and deletes what was made', async () => {
    const stop = new AbortController();
    const mesh = workingMesh([west, east]);
    const clock = virtualClock();
    const clusters = [west, east].map((member) => ({ member, fake: fakeCluster(mesh, member.name, clock) }));
    const running = run(mesh, {
      clock,
      clusters: clusters.map(({ member, fake }) => ({ ...member, access: { client: fake.client } })),
      signal: stop.signal,
      onEvent: (event) => (event.type === 'Reached' ? stop.abort() : undefined),
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    for (const { fake } of clusters) expect(fake.deleted).toEqual(['isthmus-verify-ab12']);
  });

  test('the time limit ends a run with a report of what is known', async () => {
    const mesh = workingMesh([west, east]);
    const { report, clusters } = await run(
      { ...mesh, hosts: (from, to) => (from === to ? mesh.hosts(from, to) : []) },
      { timeoutMs: 5_000 },
    );
    expect(report.durationMs).toBe(5_000);
    expect(hopsOf(report)).toEqual({ 'west-east': 'Discovery', 'east-west': 'Discovery' });
    expect(report.shared.map(({ failure }) => failure?.hop)).toEqual(['Discovery', 'Discovery']);
    for (const cluster of clusters.values()) expect(cluster.deleted).toHaveLength(1);
  });

  test('waits until the namespaces are gone where that is wanted, and keeps them where that is', async () => {
    const waited = await run(workingMesh([west, east]), { cleanUp: 'DeleteAndWait' });
    expect(waited.report.clusters.map(({ cleanUp }) => cleanUp)).toEqual(['Gone', 'Gone']);
    const kept = await run(workingMesh([west, east]), { cleanUp: 'Keep' });
    expect(kept.clusters.get('west')?.deleted).toEqual([]);
  });

  test('looks at what earlier runs left and has expired', async () => {
    const mesh = workingMesh([west]);
    const clock = virtualClock();
    const fake = fakeCluster(mesh, 'west', clock);
    const annotations = { [expiresAnnotation]: '2029-12-31T00:00:00Z' };
    await fake.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'expired', annotations } });
    const { report } = await run(mesh, { clock, clusters: [{ ...west, access: { client: fake.client } }] });
    expect(report.clusters[0]).toMatchObject({
      swept: [],
      spared: [{ namespace: 'expired', reason: 'its name is not that of a run' }],
    });
    expect(fake.deleted).toEqual(['isthmus-verify-ab12']);
  });
});

test('options that cannot work are refused before anything is written', async () => {
  await expect(run(workingMesh([west]), { runId: 'A_b' })).rejects.toMatchObject({ code: 'usage' });
  await expect(run(workingMesh([]))).rejects.toMatchObject({ code: 'usage' });
});
