import { describe, expect, test } from 'vitest';
import { type ClusterName, clusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { type JsonObject, textAt } from '../base/json.ts';
import { remoteSecret } from '../istio/remote-secret.ts';
import { renderersAmong } from '../istio/render/renderers.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { readText } from '../mesh/text/read-text.ts';
import { describeRef, type KubeObject, refOf } from '../objects/object.ts';
import { operatorLease, owned, systemNamespace } from '../objects/ownership.ts';
import { homeDocuments } from '../plan/documents.ts';
import { inventoryName, inventoryObject } from '../plan/inventory.ts';
import type { PlannedChange, PlannedCluster } from '../plan/mesh-plan.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import { lossesOf } from './losses.ts';
import type { MeshPorts, MeshRequest, Scope } from './options.ts';
import { type PlannedMesh, planMesh } from './plan-mesh.ts';
import { resolveRun } from './resolve-run.ts';

const west = clusterName.parse('west');
const east = clusterName.parse('east');

const text = ['west', 'east']
  .map(
    (name) => `apiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: us}\n`,
  )
  .join('---\n');
const { declared } = readText(
  `apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n---\n${text}`,
  'mesh.yaml',
);

const rendered: readonly KubeObject[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace: 'istio-system', labels: { app: 'istiod' } },
    spec: { template: { spec: { containers: [{ name: 'discovery', image: 'pilot' }] } } },
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'istio-system' }, data: { mesh: 'a' } },
];

function scene(...objects: readonly KubeObject[]): FakeClient {
  return createFake({ objects });
}

type Over = Partial<MeshPorts> & Scope;

async function plan(clients: ReadonlyMap<ClusterName, FakeClient>, over: Over = {}): Promise<PlannedMesh> {
  return await planMesh(requestOf(clients, over));
}

function requestOf(clients: ReadonlyMap<ClusterName, FakeClient>, over: Over = {}): MeshRequest {
  if (declared === undefined) throw new Error('the mesh was not read');
  const { only, settled, maxDelete, approved, homeDocuments, ...ports } = over;
  const unwanted = (): never => {
    throw new Error('a plan stores no root');
  };
  return {
    mesh: resolveMesh(declared),
    ports: {
      clients,
      unreachable: new Map(),
      renderers: renderersAmong([
        { version: async () => ({ version: '1.31.0', source: 'a fake' }), render: async () => rendered },
      ]),
      roots: { create: 'IfMissing', read: async () => undefined, write: unwanted, folder: () => '/nowhere' },
      crypto: globalThis.crypto,
      clock: handClock(),
      signal: new AbortController().signal,
      holder: 'ann',
      onEvent: () => undefined,
      ...ports,
    },
    scope: { only, settled, maxDelete, approved, homeDocuments },
  };
}

function plannedIn({ plan: { clusters } }: PlannedMesh, name: ClusterName): PlannedCluster {
  const found = clusters.find(({ cluster }) => cluster === name);
  if (found?.outcome !== 'Planned') throw new Error(`${name} was not planned`);
  return found;
}

function named(changes: readonly PlannedChange[]): readonly string[] {
  return changes.map(({ action, ref }) => `${action} ${describeRef(ref)}`);
}

describe('planMesh', () => {
  test('an update that the API server refuses has its error, and the others are planned as ever', async () => {
    const error = new IsthmusError(
      'kubernetes-error',
      'cluster west: cannot apply ConfigMap istio-system/istio: Invalid',
    );
    const later = new IsthmusError('kubernetes-error', 'a webhook gave no answer', { retry: true });
    const meant = { 'ConfigMap istio-system/istio': error, 'Deployment istio-system/istiod': later };
    const client = createFake({
      objects: rendered.map((object) => ({ ...owned(object, 'shop'), data: { mesh: 'b' } })),
      intercept: ({ verb, what }) => {
        const thrown = verb === 'apply' ? Object.entries(meant).find(([name]) => name === what)?.[1] : undefined;
        if (thrown !== undefined) throw thrown;
      },
    });
    const { changes } = plannedIn(
      await plan(
        new Map([
          [west, client],
          [east, scene()],
        ]),
      ),
      west,
    );
    const errors = changes.map(({ ref, error: found }) => [describeRef(ref), found] as const);
    expect(errors.filter(([, found]) => found !== undefined)).toEqual([['ConfigMap istio-system/istio', error]]);
    expect(named(changes)).toContain('Update Deployment istio-system/istiod');
  });

  test('an inventory without the documents is left so where an operator leads, and gets them where none does', async () => {
    if (declared === undefined) throw new Error('the mesh was not read');
    const documents = homeDocuments(declared);
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: operatorLease, namespace: systemNamespace },
      spec: { renewTime: new Date(handClock().now()).toISOString() },
    };
    const namedBy = async (...more: readonly KubeObject[]): Promise<number> => {
      const inventory = owned(inventoryObject('shop', rendered.map(refOf)), 'shop');
      const client = createFake({ objects: [...documents, inventory, ...more], clock: handClock() });
      const made = await plan(
        new Map([
          [west, client],
          [east, scene()],
        ]),
      );
      const change = plannedIn(made, west).changes.find(({ ref }) => ref.name === inventoryName);
      return Number.parseInt(String(change?.fields[0]?.after), 10);
    };
    expect((await namedBy()) - (await namedBy(lease))).toBe(documents.length);
  });

  test('on empty clusters: everything is made, nothing is written, no key is kept', async () => {
    const clients = new Map([
      [west, scene()],
      [east, scene()],
    ]);
    const made = await plan(clients);
    const { changes } = plannedIn(made, west);
    expect(named(changes)).toEqual(
      expect.arrayContaining([
        'Create Deployment istio-system/istiod',
        'Create Secret istio-system/istio-remote-secret-east',
      ]),
    );
    expect(changes.find(({ ref }) => ref.name === 'cacerts')?.reason).toBe(
      'the apply makes a new intermediate and its key',
    );
    expect(JSON.stringify(made)).not.toMatch(/-----BEGIN|LS0tLS1CRUdJTi/);
    for (const client of clients.values()) expect(client.counts().writes).toBe(0);
  });

  test('a cluster that does not answer is named, and does not keep the others from being planned', async () => {
    const error = new IsthmusError('cluster-unreachable', 'cluster east: refuses connections');
    const made = await plan(new Map([[west, scene()]]), { unreachable: new Map([[east, error]]) });
    expect(made.plan.clusters.map(({ outcome }) => outcome)).toEqual(['Planned', 'Failed']);
    expect(named(plannedIn(made, west).changes)).toContain('Create Secret istio-system/istio-remote-secret-east');
    expect(made.records().map(({ cluster }) => cluster)).toEqual(['west']);
  });

  test.each([
    ['settled nowhere', [], new Map(), false],
    ['settled in the other one', [east], new Map(), true],
    [
      'settled in another one that does not answer',
      [east],
      new Map([[east, new IsthmusError('cluster-unreachable', 'cluster east: refuses connections')]]),
      false,
    ],
  ] as const)('a gateway that one cluster alone no longer wants, %s', async (_, settled, unreachable, goes) => {
    const metadata = { name: 'istio-eastwestgateway', namespace: 'istio-system', labels: { istio: 'eastwestgateway' } };
    const gateway = owned({ apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'LoadBalancer' } }, 'shop');
    const clients = new Map([[west, scene(gateway, inventoryObject('shop', [refOf(gateway)]))]]);
    if (unreachable.size === 0) clients.set(east, scene());
    const over = { only: new Set([west]), settled: new Set(settled), unreachable };
    const { changes, kept } = plannedIn(await plan(clients, over), west);
    const deleted = changes.filter(({ action }) => action === 'Delete').map(({ ref }) => ref);
    expect([deleted, kept.map(({ ref }) => ref)]).toEqual(goes ? [[refOf(gateway)], []] : [[], [refOf(gateway)]]);
  });

  test('a load balancer that goes is named with its address, and who left the mesh by name', async () => {
    const metadata = { name: 'istio-eastwestgateway', namespace: 'istio-system', labels: { istio: 'eastwestgateway' } };
    const gateway: KubeObject = {
      ...owned({ apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'LoadBalancer' } }, 'shop'),
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } },
    };
    const secret = owned(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'istio-remote-secret-old',
          namespace: 'istio-system',
          labels: { 'istio/multiCluster': 'true' },
          annotations: { 'networking.istio.io/cluster': 'old' },
        },
      },
      'shop',
    );
    const inventory = inventoryObject('shop', [refOf(gateway), refOf(secret)]);
    const clients = new Map([
      [west, scene(gateway, secret, inventory)],
      [east, scene()],
    ]);
    const made = await plan(clients);
    const { changes, guard } = plannedIn(made, west);
    expect(changes.slice(-2)).toMatchObject([
      {
        action: 'Delete',
        ref: { name: 'istio-remote-secret-old' },
        reason: expect.stringContaining('cluster old is no longer in the mesh file'),
      },
      { action: 'Delete', ref: { kind: 'Service' }, loss: 'its load balancer releases the address 198.51.100.7' },
    ]);
    expect(guard).toMatchObject({ deletions: 2, inventory: 2 });
    const { signal } = new AbortController();
    const losses = await lossesOf(await resolveRun(requestOf(clients)), { names: new Set(['west', 'east']), signal });
    expect(losses).toEqual([
      { cluster: 'west', action: 'Delete', object: refOf(secret) },
      {
        cluster: 'west',
        action: 'Delete',
        object: refOf(gateway),
        loss: 'its load balancer releases the address 198.51.100.7',
      },
    ]);
  });

  test('of a cluster that is not chosen a run keeps no more than which one it is', async () => {
    const system = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: 'uid-east' } };
    const clients = new Map([
      [west, scene()],
      [east, scene(system)],
    ]);
    const run = await resolveRun(requestOf(clients, { only: new Set([west]) }));
    expect(run.prepared.map(({ topology }) => topology.name)).toEqual([west]);
    const { uid } = (await clients.get(east)?.get({ ...system, name: 'kube-system' }))?.metadata ?? {};
    expect(run.others.map(({ topology, ...other }) => ({ name: topology.name, ...other }))).toEqual([
      { name: east, client: clients.get(east), identity: uid },
    ]);
  });

  test('an object that a cluster would not let be created is an error at its change, where it can be tried', async () => {
    const tried: string[] = [];
    const refusing = (cluster: string, objects: readonly KubeObject[]): FakeClient =>
      createFake({
        cluster,
        objects,
        intercept: ({ verb, what, kind }) => {
          if (verb !== 'apply') return;
          tried.push(`${cluster} ${what}`);
          const refusal = new Map([
            ['ConfigMap', new IsthmusError('kubernetes-error', `${what}: exceeded quota: configmaps`)],
            ['Deployment', new IsthmusError('access-denied', 'you may not create deployments')],
            ['ServiceAccount', new IsthmusError('kubernetes-error', 'admission webhook "w" does not support dry run')],
          ]).get(kind ?? '');
          if (refusal !== undefined) throw refusal;
        },
      });
    const there = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } };
    const made = await plan(
      new Map([
        [west, refusing('west', [there])],
        [east, refusing('east', [])],
      ]),
    );
    const errors = (cluster: ClusterName): readonly string[] =>
      plannedIn(made, cluster).changes.flatMap(({ error }) => (error === undefined ? [] : [error.message]));
    expect(errors(west)).toContain('ConfigMap istio-system/istio: exceeded quota: configmaps');
    expect(errors(west).filter((message) => !message.includes('exceeded quota'))).toEqual([]);
    expect(errors(east)).toEqual([]);
    expect(tried).toContain('west Deployment istio-system/istiod');
    expect(tried.some((what) => what.startsWith('west ServiceAccount istio-system/'))).toBe(true);
    expect(tried.filter((what) => what.includes(' Secret ') || what.startsWith('east ConfigMap istio-system'))).toEqual(
      [],
    );
  });

  test('a name that leads to another cluster than its peers know is refused', async () => {
    const real = createFake({ cluster: 'east' });
    const identity = await real.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' });
    const known = (uid = ''): KubeObject =>
      owned(
        remoteSecret({ cluster: 'east', server: 'https://east', certificateAuthority: 'a', token: 't', identity: uid }),
        'shop',
      );
    const clients = (secret: KubeObject): ReadonlyMap<ClusterName, FakeClient> =>
      new Map([
        [west, scene(secret)],
        [east, real],
      ]);
    await expect(plan(clients(known('of a cluster of before')))).rejects.toMatchObject({
      code: 'cluster-identity-conflict',
      cluster: 'east',
      message: expect.stringContaining('is not the cluster that the mesh knows as east'),
      remedy: expect.arrayContaining([
        { do: 'Run', operation: 'leave', subject: 'east', options: { clusterLost: true } },
      ]),
    });
    const { plan: made } = await plan(clients(known(identity?.metadata.uid)));
    expect(made.clusters.map(({ outcome }) => outcome)).toEqual(['Planned', 'Planned']);
  });

  test('an ingress gateway is rendered apart, where the mesh file declares it, and waited for at the end', async () => {
    if (declared === undefined) throw new Error('the mesh was not read');
    const given: string[] = [];
    const renderer = {
      version: async () => ({ version: '1.31.0', source: 'a fake' }),
      render: async (operator: JsonObject) => {
        const name = textAt(operator, ['metadata', 'name']) ?? '';
        given.push(name);
        if (!name.endsWith('-ingress')) return rendered;
        const metadata = {
          name: 'istio-ingressgateway',
          namespace: 'istio-system',
          labels: { istio: 'ingressgateway' },
        };
        return [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: {} } }];
      },
    };
    const clients = new Map([west, east].map((name) => [name, createFake({ cluster: name })]));
    const request = requestOf(clients, { renderers: renderersAmong([renderer]) });
    const clusters = declared.clusters.map((one) =>
      one.metadata.name === west ? { ...one, spec: { ...one.spec, ingress: {} } } : one,
    );
    const planned = await planMesh({ ...request, mesh: resolveMesh({ ...declared, clusters }) });
    expect(given.toSorted()).toEqual(['isthmus-east', 'isthmus-west', 'isthmus-west-ingress']);
    const deployment = 'Create Deployment istio-system/istio-ingressgateway';
    expect(named(plannedIn(planned, west).changes)).toContain(deployment);
    expect(named(plannedIn(planned, east).changes)).not.toContain(deployment);
    const awaits = (name: ClusterName) => plannedIn(planned, name).barriers.map((barrier) => barrier.awaits);
    expect(awaits(west).at(-1)).toBe('istio-ingressgateway is available and has an address');
    expect(awaits(west)).toContain('the injection webhook answers');
    expect(awaits(east)).not.toContain('the injection webhook answers');
  });

  test('a renderer that gives nothing is an error, never a wish to remove everything', async () => {
    const renderer = { version: async () => ({ version: '1.31.0', source: 'a fake' }), render: async () => [] };
    await expect(
      plan(
        new Map([
          [west, scene()],
          [east, scene()],
        ]),
        { renderers: renderersAmong([renderer]) },
      ),
    ).rejects.toMatchObject({
      code: 'istioctl-failed',
    });
  });
});
