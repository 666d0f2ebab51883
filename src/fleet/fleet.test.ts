import { describe, expect, test } from 'vitest';
import { type MeshCluster, meshCluster } from '../api/mesh-cluster.ts';
import { IsthmusError } from '../base/error.ts';
import { createFake, type FakeClient, type FakeOptions } from '../kube/testing/fake.ts';
import { testPorts } from '../kube/testing/ports.ts';
import type { KubeObject } from '../objects/object.ts';
import { describeRight } from '../objects/right.ts';
import { openFleet } from './fleet.ts';
import { mayI } from './identity.ts';
import type { FleetPorts } from './ports.ts';

const declared = (name: string, access: object = {}): MeshCluster =>
  meshCluster.parse({
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshCluster',
    metadata: { name },
    spec: { network: 'net', access },
  });

/** Seeding pads the fake's UIDs apart: kube-system is the second object unless others come before it. */
function cluster(name: string, others: number, options: FakeOptions = {}): FakeClient {
  const objects = Array.from(
    { length: others },
    (_, index): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', namespace: `n${index}` },
    }),
  );
  const kubeSystem = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } };
  return createFake({ cluster: name, objects: [...objects, kubeSystem], ...options });
}

const ports: FleetPorts = { ...testPorts, crypto, homeFolder: '/nowhere', signal: new AbortController().signal };

describe('a fleet', () => {
  test('opens every cluster, and one that does not answer costs its own part only', async () => {
    const west = cluster('west', 0);
    const away = new IsthmusError('cluster-unreachable', 'cluster east: cannot reach it', { cluster: 'east' });
    await using fleet = await openFleet([declared('west'), declared('east')], {
      ...ports,
      connect: async ({ metadata }) => {
        if (metadata.name === 'east') throw away;
        return west;
      },
    });
    expect(fleet.members.map(({ name, state }) => [name, state])).toEqual([
      ['west', 'Open'],
      ['east', 'Failed'],
    ]);
    expect(fleet.open[0]?.health).toMatchObject({ version: 'v1.36.0', user: 'fake-admin' });
    expect(fleet.client('west')).toBe(west);
    expect(() => fleet.client('east')).toThrow(away);
    expect(() => fleet.client('south')).toThrow(/no cluster south/);
  });

  test('two names for one cluster are an error, and every client is closed', async () => {
    const same = [cluster('west', 0), cluster('east', 0)];
    const connect = async ({ metadata }: MeshCluster): Promise<FakeClient> =>
      same.find((client) => client.cluster === metadata.name) ?? cluster('none', 9);
    await expect(openFleet([declared('west'), declared('east')], { ...ports, connect })).rejects.toMatchObject({
      code: 'cluster-identity-conflict',
      message: expect.stringContaining('west and east are the same cluster'),
    });
    for (const client of same)
      await expect(client.list({ apiVersion: 'v1', kind: 'Pod' })).rejects.toThrow('cancelled');
  });

  test('clusters that do not let us read their identity are not taken for the same', async () => {
    const intercept: FakeOptions['intercept'] = ({ verb }) => {
      if (verb === 'get') throw new IsthmusError('access-denied', 'no', { cluster: 'x' });
    };
    await using fleet = await openFleet([declared('west'), declared('east')], {
      ...ports,
      connect: async ({ metadata }) => cluster(metadata.name, 0, { intercept }),
    });
    expect(fleet.open.map(({ health }) => health.identity)).toEqual([undefined, undefined]);
  });

  test('a missing kubeconfig is an error of each cluster that needs it', async () => {
    const options = { ...ports, environment: { KUBECONFIG: '/nowhere/config' } };
    await using fleet = await openFleet([declared('west'), declared('east', { kubeconfig: '/nowhere/own' })], options);
    expect(fleet.members).toMatchObject([
      { error: { code: 'file-unreadable', cluster: 'west', message: expect.stringContaining('cluster west: ') } },
      { error: { code: 'file-unreadable', cluster: 'east', message: expect.stringContaining('/nowhere/own') } },
    ]);
  });

  test('a server that is no API server is reported as such', async () => {
    await using fleet = await openFleet([declared('west')], {
      ...ports,
      connect: async () => createFake({ raw: () => 'welcome to nginx' }),
    });
    expect(fleet.members[0]).toMatchObject({ error: { code: 'unexpected-response' } });
  });
});

describe('rights', () => {
  const rights = [
    { verb: 'create', group: 'apps', resource: 'deployments', namespace: 'istio-system' },
    { verb: 'create', group: '', resource: 'pods/portforward' },
    { verb: 'list', group: '', resource: 'secrets' },
  ];

  test('those that are denied are given back, in order', async () => {
    await using client = createFake({ allows: ({ verb }) => verb === 'list' });
    const denied = await mayI(client, rights);
    expect(denied.map(describeRight)).toEqual(['create deployments.apps in istio-system', 'create pods/portforward']);
    expect(client.counts()).toEqual({ requests: 3, writes: 0 });
  });
});
