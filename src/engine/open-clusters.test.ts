import { expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake } from '../kube/testing/fake.ts';
import { nodePorts } from '../node-ports.ts';
import type { EngineEvent } from './events.ts';
import type { MeshSession } from './mesh-session.ts';
import { openMesh } from './open-mesh.ts';

const text = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31"}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
`;

interface Scene {
  readonly session: MeshSession;
  readonly warned: EngineEvent[];
  readonly client: KubeClient;
}

const eastText = `---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: east}
spec: {network: eu}
`;

/** A cluster of its own, whose server proves nothing. */
function unverified(cluster: string): KubeClient {
  const fake = createFake({ cluster });
  const kubeSystem = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: cluster } };
  const get: KubeClient['get'] = async (ref, options) =>
    ref.name === 'kube-system' ? kubeSystem : await fake.get(ref, options);
  return { ...fake, get, verification: 'Skipped' };
}

interface SceneOptions {
  readonly allowInsecureTls?: boolean;
  /** More of the mesh file. */
  readonly more?: string;
  /** `AtWarning`: the first warning interrupts what is under way. */
  readonly ends?: 'AtWarning';
}

/** A mesh of one cluster whose server proves nothing. */
async function scene({ allowInsecureTls, more = '', ends }: SceneOptions = {}): Promise<Scene> {
  const interrupted = new AbortController();
  const clients = { west: unverified('west'), east: unverified('east') };
  const warned: EngineEvent[] = [];
  const onEvent = (event: EngineEvent): void => {
    if (event.type !== 'Unverified') return;
    warned.push(event);
    if (ends === 'AtWarning') interrupted.abort();
  };
  const ports = {
    ...nodePorts({ PATH: '/nowhere' }),
    connect: async ({ metadata: { name } }: MeshCluster) => (name === 'east' ? clients.east : clients.west),
    onEvent,
    signal: interrupted.signal,
  };
  return {
    session: await openMesh({ text: text + more, name: 'mesh.yaml' }, ports, { allowInsecureTls }),
    warned,
    client: clients.west,
  };
}

const carrying: readonly (readonly [string, (session: MeshSession) => Promise<unknown>])[] = [
  ['apply', (session) => session.apply()],
  ['renewTrust', (session) => session.renewTrust()],
  ['join', (session) => session.join('west')],
];

const reading: readonly (readonly [string, (session: MeshSession) => Promise<unknown>])[] = [
  ['doctor', (session) => session.doctor()],
  ['plan', (session) => session.plan()],
  ['services', (session) => session.services()],
  ['status', (session) => session.status()],
  ['trace', (session) => session.trace({ from: 'west/shop/client', to: { host: 'web', port: 80 } })],
  ['trust', (session) => session.trust()],
  ['uninstall', (session) => session.planUninstall()],
  ['verify', (session) => session.verify()],
  ['whatif', (session) => session.whatif()],
];

test.each(carrying)('%s sends no keys to a server that is not checked', async (operation, run) => {
  const { session, warned, client } = await scene();
  await expect(run(session)).rejects.toMatchObject({
    code: 'tls-unverified',
    cluster: 'west',
    remedy: expect.stringContaining('give certificate-authority-data'),
  });
  expect(warned).toMatchObject([{ operation, level: 'warning', cluster: 'west', details: { server: client.server } }]);
  expect(client.counts().writes).toBe(0);
});

test.each(carrying)('%s goes on, and warns, where that is allowed', async (_operation, run) => {
  const { session, warned } = await scene({ allowInsecureTls: true });
  const ended = await run(session).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(ended).not.toMatchObject({ code: 'tls-unverified' });
  expect(warned.length).toBeGreaterThan(0);
});

test('leave sends no keys to servers that are not checked', async () => {
  const { session, warned, client } = await scene({ more: eastText });
  await expect(session.leave('east')).rejects.toMatchObject({ code: 'tls-unverified' });
  expect(warned).toHaveLength(2);
  expect(client.counts().writes).toBe(0);
});

test.each(reading)('%s carries no keys, and warns', async (_operation, run) => {
  const { session, warned } = await scene({ ends: 'AtWarning' });
  const ended = await run(session).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(ended).not.toMatchObject({ code: 'tls-unverified' });
  expect(warned).toMatchObject([{ type: 'Unverified', level: 'warning', cluster: 'west' }]);
});

test('what carries no keys warns and goes on', async () => {
  const { session, warned } = await scene();
  expect((await session.status()).clusters).toHaveLength(1);
  expect(warned).toMatchObject([{ operation: 'status', type: 'Unverified', cluster: 'west' }]);
});
