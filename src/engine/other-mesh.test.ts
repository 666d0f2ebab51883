import { describe, expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake, type FakeCall, type FakeOptions } from '../kube/testing/fake.ts';
import { nodePorts } from '../node-ports.ts';
import type { MeshSession } from './mesh-session.ts';
import { openMesh } from './open-mesh.ts';

const text = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop2}
spec: {istio: {version: "1.31"}, home: west}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: east}
spec: {network: eu}
`;

const labels = { app: 'istiod', 'app.kubernetes.io/managed-by': 'isthmus', 'isthmus.dev/mesh': 'shop' };

const elsewhere = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'istio-system', labels: { 'topology.istio.io/network': 'ap' } },
};

function cluster(name: string, intercept: FakeOptions['intercept']) {
  const istiod = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace: 'istio-system', labels, uid: `istiod-${name}` },
    spec: { replicas: 1 },
  };
  const fake = createFake({
    cluster: name,
    objects: [istiod, elsewhere],
    ...(intercept === undefined ? {} : { intercept }),
  });
  const get: KubeClient['get'] = async (ref, options) => {
    const found = await fake.get(ref, options);
    // The UID of this namespace is the identity of a cluster.
    return ref.name !== 'kube-system' || found === undefined
      ? found
      : { ...found, metadata: { ...found.metadata, uid: name } };
  };
  return { ...fake, get };
}

const commands: readonly (readonly [string, (session: MeshSession) => Promise<unknown>])[] = [
  ['verify', (session) => session.verify()],
  ['trace', (session) => session.trace({ from: 'west/shop/client', to: { host: 'web', port: 80 } })],
  ['whatif', (session) => session.whatif({ down: ['cluster:east'] })],
  ['services', (session) => session.services()],
  ['trust renew', (session) => session.renewTrust()],
  ['snapshot', (session) => session.snapshot('/nowhere/at-all')],
];

/** A session with the clusters west and east, which hold mesh shop. */
async function opened(intercept?: FakeOptions['intercept']) {
  const clusters = new Map(['west', 'east'].map((name) => [name, cluster(name, intercept)]));
  const connect = async ({ metadata: { name } }: MeshCluster) => {
    const client = clusters.get(name);
    if (client === undefined) throw new Error(`no cluster ${name}`);
    return client;
  };
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect };
  const session = await openMesh({ text, name: 'mesh.yaml' }, ports);
  return { session, writes: () => [...clusters.values()].map((client) => client.counts().writes) };
}

test.each(['Check', 'Join'] as const)(
  'join (%s) lists it among all that keeps the cluster from joining',
  async (until) => {
    const { session, writes } = await opened();
    const { ok, error, findings, applied } = await session.join('east', { until });
    expect({ ok, applied }).toEqual({ ok: false });
    expect(error).toMatchObject({ code: 'conflict' });
    expect(findings.map(({ code, cluster: of }) => `${of} ${code}`)).toEqual([
      'west mesh-differs',
      'east mesh-differs',
      'east join-network-differs',
    ]);
    expect(JSON.stringify(findings)).not.toMatch(/purge|anyIstio|did not install/);
    expect(writes()).toEqual([0, 0]);
  },
);

test.each(commands)('%s says that the objects are those of another mesh, and touches nothing', async (_, run) => {
  const { session, writes } = await opened();
  const error = await run(session).then(
    () => undefined,
    (thrown: unknown) => asIsthmusError(thrown),
  );
  expect(error).toMatchObject({ code: 'conflict' });
  expect(error?.message).toMatch(
    /(cluster|clusters) (west, east|east) holds? mesh shop; the file names shop2; nothing was changed/,
  );
  const remedy = JSON.stringify(error?.remedy);
  expect(remedy).toContain('"value":"shop"');
  expect(remedy).not.toMatch(/purge|anyIstio|"apply"/);
  expect(writes()).toEqual([0, 0]);
});

describe('a cluster that does not tell which mesh it holds', () => {
  const denied = ({ what }: FakeCall): void => {
    if (what.startsWith('list Deployment'))
      throw new IsthmusError('access-denied', 'ann may not list deployments.apps');
  };

  test('is not verified, and named', async () => {
    const { session, writes } = await opened(denied);
    const { ok, clusters } = await session.verify();
    expect(ok).toBe(false);
    expect(clusters.map(({ name, tested, finding }) => [name, tested, finding?.message])).toEqual([
      ['west', false, expect.stringContaining('ann may not list deployments.apps')],
      ['east', false, expect.stringContaining('ann may not list deployments.apps')],
    ]);
    expect(writes()).toEqual([0, 0]);
  });

  test.each([
    ['trust renew', async (session: MeshSession) => await session.renewTrust()],
    ['snapshot', async (session: MeshSession) => await session.snapshot('/nowhere/at-all')],
  ])('%s says so, and writes nothing', async (_, run) => {
    const { session, writes } = await opened(denied);
    await expect(run(session)).rejects.toThrow('ann may not list deployments.apps');
    expect(writes()).toEqual([0, 0]);
  });

  test('keeps a cluster from joining', async () => {
    let lists = 0;
    const { session, writes } = await opened((call) => {
      // The first of each cluster.
      if (call.what.startsWith('list Deployment') && ++lists <= 2) return denied(call);
    });
    const { ok, error, findings } = await session.join('east', { until: 'Check' });
    expect({ ok, error }).toMatchObject({ ok: false, error: { code: 'access-denied' } });
    expect(findings.map(({ code, cluster: of }) => `${of} ${code}`)).toEqual(
      expect.arrayContaining(['west access-failed', 'east access-failed']),
    );
    expect(writes()).toEqual([0, 0]);
  });
});
