import { expect, test } from 'vitest';
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

/** A mesh of one cluster whose server proves nothing. */
async function scene(allowInsecureTls?: boolean): Promise<Scene> {
  const fake = createFake({ cluster: 'west' });
  const client: KubeClient = { ...fake, verification: 'Skipped' };
  const warned: EngineEvent[] = [];
  const onEvent = (event: EngineEvent): void => {
    if (event.type === 'Unverified') warned.push(event);
  };
  const ports = { ...nodePorts({ PATH: '/nowhere' }), connect: async () => client, onEvent };
  return { session: await openMesh({ text, name: 'mesh.yaml' }, ports, { allowInsecureTls }), warned, client };
}

const carrying: readonly (readonly [string, (session: MeshSession) => Promise<unknown>])[] = [
  ['apply', (session) => session.apply()],
  ['renewTrust', (session) => session.renewTrust()],
  ['join', (session) => session.join('west')],
];

test.each(carrying)('%s sends no keys to a server that is not checked', async (operation, run) => {
  const { session, warned, client } = await scene();
  await expect(run(session)).rejects.toMatchObject({
    code: 'tls-unverified',
    cluster: 'west',
    remedy: expect.arrayContaining([{ do: 'Repeat', options: { allowInsecureTls: true } }]),
  });
  expect(warned).toMatchObject([{ operation, level: 'warning', cluster: 'west', details: { server: client.server } }]);
  expect(client.counts().writes).toBe(0);
});

test.each(carrying)('%s goes on, and warns, where that is allowed', async (_operation, run) => {
  const { session, warned } = await scene(true);
  const ended = await run(session).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(ended).not.toMatchObject({ code: 'tls-unverified' });
  expect(warned.length).toBeGreaterThan(0);
});

test('what carries no keys warns and goes on', async () => {
  const { session, warned } = await scene();
  expect((await session.status()).clusters).toHaveLength(1);
  expect(warned).toMatchObject([{ operation: 'status', type: 'Unverified', cluster: 'west' }]);
});
