import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { debugPort } from '../kube/testing/debug-port.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { readText } from '../mesh/text/read-text.ts';
import { nodePorts } from '../node-ports.ts';
import type { KubeObject } from '../objects/object.ts';
import type { ComparedPeer } from './home-session.ts';
import { keptEndpoints } from './kept-endpoints.ts';
import { sessionOf } from './session.ts';

const clusterText = (name: string, spec: string): string =>
  `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: eu${spec}}\n`;

const head =
  'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}, home: west}\n';

const plane: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'istiod', namespace: 'istio-system', labels: { app: 'istiod' } },
  spec: { template: { spec: { containers: [{ image: 'docker.io/istio/pilot:1.30.2' }] } } },
} as unknown as KubeObject;

const istiod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'istiod-1', namespace: 'istio-system', labels: { app: 'istiod' } },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

function sliceOf(addresses: readonly string[]): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'cart', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'cart' } },
    ports: [{ port: 80 }],
    endpoints: [{ addresses }],
  } as unknown as KubeObject;
}

interface Scene {
  /** What istiod holds of east. */
  holds?: readonly string[];
  /** What east has. */
  has?: readonly string[];
  state?: string;
  ready?: boolean;
  isAway?: boolean;
  mayList?: boolean;
}

function scene({ holds = [], has = [], state = 'synced', ready = true, isAway = false, mayList = true }: Scene) {
  const now = { holds, isAway };
  const lists: string[] = [];
  const pages = (path: string): unknown => {
    if (path === '/debug/networkz') return [];
    if (path === '/debug/clusterz') return [{ id: 'east', secretName: 's', syncStatus: state }];
    const endpoints = now.holds.map((address) => ({ Addresses: [address], EndpointPort: 80 }));
    return { 'cart.shop.svc.cluster.local': { shop: { Shards: { 'Kubernetes/east': endpoints } } } };
  };
  const west = createFake({ objects: ready ? [istiod, plane] : [], forward: () => debugPort(pages) });
  const east = createFake({
    cluster: 'east',
    // The fake numbers UIDs in the order of its objects, and kube-system's tells clusters apart.
    objects: [sliceOf(has), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } }],
    intercept: ({ what }) => {
      if (what !== 'list EndpointSlice') return;
      lists.push(what);
      if (mayList) return;
      throw new IsthmusError('access-denied', 'cluster east: it may not list them', { cluster: 'east' });
    },
  });
  const connect = async ({ metadata: { name } }: { metadata: { name: string } }): Promise<FakeClient> => {
    if (name === 'west') return west;
    if (name === 'east' && !now.isAway) return east;
    throw new IsthmusError('cluster-unreachable', `cluster ${name}: refuses connections`, { cluster: name });
  };
  const text = `${head}${clusterText('west', ', access: {context: mine}')}${clusterText('east', '')}${clusterText('south', ', controlPlane: {remoteOf: west}')}`;
  const { declared, findings } = readText(text, 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  const source = { declared, findings: [], folder: '/nonexistent', origin: { home: 'west' } };
  const state_ = sessionOf(source, { ...nodePorts({}), connect }, { connections: 'Kept' });
  return { endpoints: keptEndpoints(state_), now, lists };
}

function textsOf(found: readonly ComparedPeer[]): readonly string[] {
  return found.flatMap((one) =>
    one.outcome === 'Compared'
      ? [one.peer, ...one.differences.map(({ what, service, address }) => `${what} ${service} ${address}`)]
      : [`${one.peer}: ${one.why}`],
  );
}

describe('what the istiods of a cluster hold of its peers', () => {
  test('is compared with what those have', async () => {
    const { endpoints } = scene({ holds: ['10.1.0.1'], has: ['10.1.0.2'] });
    const found = await endpoints.compare('west', ['east']);
    expect(textsOf(found)).toEqual(['east', 'Gone shop/cart 10.1.0.1', 'Missing shop/cart 10.1.0.2']);
    expect(found).toMatchObject([
      { remedy: expect.arrayContaining([expect.objectContaining({ do: 'Restart', context: 'mine' })]) },
    ]);
  });

  test('comes with what an istiod of that version is known to do', async () => {
    const { endpoints } = scene({ holds: ['10.1.0.1'], has: ['10.1.0.2'] });
    const [found] = await endpoints.compare('west', ['east']);
    const text = JSON.stringify(found?.outcome === 'Compared' ? found.remedy : '');
    expect(text).toContain('; istiod 1.30.2 may lose the endpoints of a cluster when its token changes');
    expect(text).not.toContain('istio/istio#49349');
  });

  test('that of others than those asked for is not looked at, and that of a cluster without an istiod is none', async () => {
    const { endpoints } = scene({ holds: ['10.1.0.1'] });
    expect(await endpoints.compare('west', ['south'])).toEqual([]);
    expect(await endpoints.compare('south', ['east'])).toEqual([]);
  });

  test('is looked up in a watch, and asked of the peer itself only where the two differ', async () => {
    const { endpoints, now, lists } = scene({ holds: ['10.1.0.1'], has: ['10.1.0.1'] });
    for (let turn = 0; turn < 4; turn += 1) {
      expect(textsOf(await endpoints.compare('west', ['east']))).toEqual(['east']);
    }
    const watched = lists.length;
    expect(textsOf(await endpoints.compare('west', ['east']))).toEqual(['east']);
    expect(lists).toHaveLength(watched);
    now.holds = ['10.1.0.2'];
    expect(textsOf(await endpoints.compare('west', ['east']))).toHaveLength(3);
    expect(lists).toHaveLength(watched + 1);
  });

  test('leaves a peer out that istiod has not read', async () => {
    const { endpoints } = scene({ has: ['10.1.0.1'], state: 'syncing' });
    expect(await endpoints.compare('west', ['east'])).toEqual([]);
  });

  test('leaves a peer out that does not answer here, and says why of one that may not be read', async () => {
    const away = scene({ holds: ['10.1.0.1'], isAway: true });
    expect(await away.endpoints.compare('west', ['east'])).toEqual([]);
    const { endpoints } = scene({ holds: ['10.1.0.1'], mayList: false });
    expect(textsOf(await endpoints.compare('west', ['east']))).toEqual(['east: cluster east: it may not list them']);
  });

  test('without an istiod that is ready nobody can be asked', async () => {
    await expect(scene({ ready: false }).endpoints.compare('west', ['east'])).rejects.toThrow(
      'no istiod of west is ready',
    );
  });
});
