import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { nodePorts } from '../node-ports.ts';
import type { KubeObject } from '../objects/object.ts';
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
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: east}
spec: {network: eu}
`;

interface Scene {
  readonly session: MeshSession;
  /** The clusters that were connected to, in order. */
  readonly attempts: string[];
  readonly clock: ReturnType<typeof handClock>;
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** West answers always, east only while `isUp` says so. */
async function scene(connections: 'Kept' | 'PerCall', isUp: () => boolean = () => true): Promise<Scene> {
  const attempts: string[] = [];
  const clock = handClock();
  const connect = async ({ metadata: { name } }: { metadata: { name: string } }): Promise<KubeClient> => {
    attempts.push(name);
    if (name === 'east' && !isUp()) {
      throw new IsthmusError('cluster-unreachable', 'cluster east: refuses connections', { cluster: 'east' });
    }
    // The fake numbers UIDs in the order of its objects, and kube-system's tells clusters apart.
    const before = name === 'east' ? [namespace('sample')] : [];
    return createFake({ cluster: name, objects: [...before, namespace('kube-system')] });
  };
  const ports = { ...nodePorts({}), clock, random: () => 0.5, connect };
  return { session: await openMesh({ text, name: 'mesh.yaml' }, ports, { connections }), attempts, clock };
}

function stateOf(session: MeshSession, cluster: string): unknown {
  return session.connections().find((one) => one.cluster === cluster);
}

test('a session connects for each call, and keeps nothing', async () => {
  const { session, attempts } = await scene('PerCall');
  await session.status();
  await session.status();
  expect(attempts.toSorted()).toEqual(['east', 'east', 'west', 'west']);
  expect(session.connections()).toEqual([]);
});

test('a session that keeps its connections makes each of them once', async () => {
  const { session, attempts } = await scene('Kept');
  expect(stateOf(session, 'west')).toMatchObject({ state: 'NotConnected' });
  await session.status();
  await session.status();
  expect(attempts.toSorted()).toEqual(['east', 'west']);
  expect(stateOf(session, 'west')).toMatchObject({ state: 'Connected', kubernetes: expect.stringMatching(/^v1/) });
  await session[Symbol.asyncDispose]();
});

test('a cluster that is away costs its part at once, and is tried again when that is due', async () => {
  let up = false;
  const { session, attempts, clock } = await scene('Kept', () => up);
  const first = await session.status();
  expect(first.clusters).toMatchObject([
    { cluster: 'west', reachable: true },
    { cluster: 'east', reachable: false },
  ]);
  expect(stateOf(session, 'east')).toMatchObject({
    state: 'NotConnected',
    error: { code: 'cluster-unreachable' },
    nextAttemptAt: expect.any(String),
  });
  up = true;
  expect((await session.status()).clusters[1]).toMatchObject({ reachable: false });
  expect(attempts.filter((name) => name === 'east')).toHaveLength(1);
  clock.advance(60_000);
  expect((await session.status()).clusters[1]).toMatchObject({ reachable: true });
  expect(stateOf(session, 'east')).toMatchObject({ state: 'Connected' });
  await session[Symbol.asyncDispose]();
});
