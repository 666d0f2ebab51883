import { expect, test } from 'vitest';
import { type MeshCluster, meshCluster } from '../api/mesh-cluster.ts';
import { IsthmusError } from '../base/error.ts';
import { createFake } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { testPorts } from '../kube/testing/ports.ts';
import { createLiveFleet } from './live-fleet.ts';
import type { FleetPorts } from './ports.ts';
import { fakeCluster } from './testing/fake-cluster.ts';

const declared = (name: string): MeshCluster =>
  meshCluster.parse({
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshCluster',
    metadata: { name },
    spec: { network: 'net', access: name === 'home' ? {} : { secret: `${name}-kubeconfig` } },
  });

const clock = handClock();
const signal = new AbortController().signal;
const ports: FleetPorts = { ...testPorts, clock, crypto, random: () => 1, homeFolder: '/nowhere', signal };
const away = new IsthmusError('cluster-unreachable', 'cluster east: cannot reach it', { cluster: 'east' });

test('gives the clusters as they are now, over the same connections, which its results do not close', async () => {
  let reachable = false;
  await using fleet = createLiveFleet([declared('home'), declared('east')], {
    ...ports,
    connect: async ({ metadata: { name } }) => {
      if (name === 'east' && !reachable) throw away;
      // An object before kube-system moves its UID, which is a cluster's identity.
      const padding = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'padding' } };
      const kubeSystem = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } };
      return createFake({ cluster: name, objects: name === 'east' ? [padding, kubeSystem] : [] });
    },
  });
  expect(fleet.clusters.map(({ name }) => name)).toEqual(['home', 'east']);
  await (async () => {
    await using first = await fleet.now();
    expect(first.members).toMatchObject([{ state: 'Open' }, { state: 'Failed', error: away }]);
  })();
  const home = await fleet.cluster('home').client();
  expect(await home.list({ apiVersion: 'v1', kind: 'Pod' })).toEqual([]);
  reachable = true;
  expect((await fleet.now()).members[1]).toMatchObject({ state: 'Failed', error: { code: 'cluster-unreachable' } });
  clock.advance(1_000);
  const later = await fleet.now();
  expect(later.members.map(({ state }) => state)).toEqual(['Open', 'Open']);
  expect(later.client('home')).toBe(home);
  expect(() => fleet.cluster('south')).toThrow('there is no cluster south');
});

test('a cluster behind a Secret waits for the home cluster, and two names for one cluster are refused', async () => {
  await using apart = createLiveFleet([declared('home'), declared('east')], ports);
  expect((await apart.now()).members).toMatchObject([
    { error: { code: 'file-unreadable', cluster: 'home' } },
    { error: { code: 'file-unreadable', cluster: 'east', message: expect.stringContaining('its Secret') } },
  ]);
  const same = { ...ports, connect: async ({ metadata }: MeshCluster) => createFake({ cluster: metadata.name }) };
  await using twins = createLiveFleet([declared('home'), declared('east')], same);
  await expect(twins.now()).rejects.toMatchObject({ code: 'cluster-identity-conflict' });
});

test('a fake cluster is lost and restored by its test', async () => {
  const cluster = fakeCluster({ client: createFake(), health: { version: 'v1.35.2' }, now: () => 7 });
  expect(await cluster.check()).toMatchObject({ state: 'Connected', since: 7, health: { version: 'v1.35.2' } });
  expect((await cluster.client()).cluster).toBe('west');
  cluster.lose();
  expect(cluster.connection()).toMatchObject({ state: 'NotConnected', lastError: { code: 'cluster-unreachable' } });
  await expect(cluster.client()).rejects.toMatchObject({ code: 'cluster-unreachable' });
  cluster.restore();
  expect((await cluster.check()).state).toBe('Connected');
});
