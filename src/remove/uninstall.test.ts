import { describe, expect, test } from 'vitest';
import { clusterName, meshName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import type { FakeCall, FakeClient, FakeOptions } from '../kube/testing/fake.ts';
import { type HandClock, handClock } from '../kube/testing/hand-clock.ts';
import { readText } from '../mesh/text/read-text.ts';
import { describeRef, type KubeObject, refOf } from '../objects/object.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import type { RemovalEvent } from './events.ts';
import { applyDefinition, fakeCluster, labelNamespace, meshObjects, object, ours } from './fake-cluster.ts';
import type { RemovalReport } from './report.ts';
import {
  carryOutRemoval,
  planRemoval,
  type RemovalPorts,
  type RemovalRequest,
  type RemovalScope,
} from './uninstall.ts';

const west = clusterName.parse('west');
const east = clusterName.parse('east');
const { declared } = readText(
  `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: { name: shop }
spec: { istio: { version: "1.31" } }
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: { name: west }
spec: { network: us }
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: { name: east }
spec: { network: eu }
`,
  'mesh.yaml',
);

interface World {
  readonly west: FakeClient;
  readonly east: FakeClient;
  readonly clock: HandClock;
  readonly events: RemovalEvent[];
  /** Every deletion, in order: `west Secret istio-system/cacerts`. */
  readonly deleted: string[];
}

type More = { readonly silent?: readonly string[] } & Pick<FakeOptions, 'allows'> & {
    readonly objects?: readonly KubeObject[];
    readonly intercept?: (call: FakeCall) => void;
  };

async function world(more: { readonly west?: More; readonly east?: More } = {}): Promise<World> {
  const deleted: string[] = [];
  const clock = handClock({ instantUpTo: 1_000 });
  const cluster = async (name: 'west' | 'east', peer: string): Promise<FakeClient> => {
    const { objects = [], intercept, ...rest } = more[name] ?? {};
    const client = fakeCluster({
      ...rest,
      cluster: name,
      clock,
      objects: [...meshObjects({ peer, home: name === 'west' }), ...objects],
      intercept: (call) => {
        if (call.verb === 'delete') deleted.push(`${name} ${call.what}`);
        intercept?.(call);
      },
    });
    await applyDefinition(client);
    await labelNamespace(client, 'sample', { 'istio-injection': 'enabled' });
    await labelNamespace(client, 'istio-system', { 'topology.istio.io/network': name });
    return client;
  };
  return { west: await cluster('west', 'east'), east: await cluster('east', 'west'), clock, events: [], deleted };
}

/** What is different in a removal. */
interface Situation extends Partial<RemovalScope> {
  readonly ports?: Partial<RemovalPorts>;
}

function requestOf(one: World, { ports, ...scope }: Situation = {}): RemovalRequest {
  if (declared === undefined) throw new Error('the mesh of this test cannot be read');
  return {
    mesh: resolveMesh(declared),
    ports: {
      clients: new Map([
        [west, one.west],
        [east, one.east],
      ]),
      unreachable: new Map(),
      clock: one.clock,
      signal: new AbortController().signal,
      holder: 'test',
      onEvent: (event) => one.events.push(event),
      ...ports,
    },
    scope: { chosen: [west, east], reach: 'Mesh', definitions: 'Keep', ...scope },
    limits: { timeoutMs: 60_000 },
  };
}

async function uninstall(one: World, more: Situation = {}): Promise<RemovalReport> {
  const request = requestOf(one, more);
  return await carryOutRemoval(await planRemoval(request), request);
}

function outcomes({ clusters }: RemovalReport): Record<string, string> {
  return Object.fromEntries(clusters.map((part) => [part.cluster, part.outcome]));
}

/** What a cluster holds besides what every cluster holds. */
function held(client: FakeClient): string[] {
  const usual = ['Namespace default', 'Namespace kube-system', 'Namespace kube-public', 'Namespace sample'];
  return client
    .objects()
    .map((one) => describeRef(refOf(one)))
    .filter((name) => !usual.includes(name))
    .toSorted();
}

describe('a mesh of two clusters', () => {
  test('is removed in an order that leaves nothing behind, and its own records last', async () => {
    const one = await world();
    const report = await uninstall(one);
    expect(outcomes(report)).toEqual({ west: 'Removed', east: 'Removed' });
    expect(held(one.west)).toEqual(['CustomResourceDefinition gateways.networking.istio.io']);
    expect(held(one.east)).toEqual(['CustomResourceDefinition gateways.networking.istio.io']);
    const inEast = one.deleted.filter((line) => line.startsWith('east ')).map((line) => line.slice('east '.length));
    expect(inEast).toEqual([
      'MutatingWebhookConfiguration istio-sidecar-injector',
      'Gateway istio-system/cross-network-gateway',
      'Secret istio-system/istio-remote-secret-west',
      'Deployment istio-system/istio-eastwestgateway',
      'Deployment istio-system/istiod',
      'ServiceAccount istio-system/isthmus-reader',
      'Secret istio-system/cacerts',
      'ConfigMap istio-system/istio-leader',
      'ConfigMap sample/istio-ca-root-cert',
      'Namespace istio-system',
      'ConfigMap isthmus-system/isthmus-inventory',
      'Namespace isthmus-system',
    ]);
    // The issuer goes when the other clusters are done.
    const lastOfEast = one.deleted.indexOf('east Namespace isthmus-system');
    expect(one.deleted.indexOf('west Secret isthmus-system/isthmus-issuer')).toBeGreaterThan(lastOfEast);
  });

  test('leaves the namespaces of users as they were, without our labels', async () => {
    const one = await world();
    one.west.change({ apiVersion: 'v1', kind: 'Namespace', name: 'sample' }, (namespace) => ({
      ...namespace,
      metadata: { ...namespace.metadata, labels: { ...namespace.metadata.labels, team: 'a' } },
    }));
    const report = await uninstall(one);
    const sample = one.west.objects().find(({ metadata }) => metadata.name === 'sample');
    expect(sample?.metadata.labels).toEqual({ team: 'a' });
    expect(report.clusters[0]?.released).toEqual(['sample']);
  });

  test('proves it by looking through every kind, and a second run has nothing to do', async () => {
    const one = await world();
    const [part] = (await uninstall(one)).clusters;
    expect(part).toMatchObject({ proof: { left: {}, finalizers: 0, webhooks: 0, definitionsKept: 1, unread: [] } });
    const writes = one.west.counts().writes;
    expect(outcomes(await uninstall(one))).toEqual({ west: 'Removed', east: 'Removed' });
    expect(one.west.counts().writes).toBe(writes);
  });

  test('names the pods that run on with a sidecar', async () => {
    const annotations = { 'sidecar.istio.io/status': '{}' };
    const pods = ['a', 'b'].map((name) => object(`v1/Pod sample/${name}`, { metadata: { annotations } }));
    const report = await uninstall(await world({ east: { objects: pods } }));
    expect(report.clusters.map(({ sidecars }) => sidecars)).toEqual([{}, { sample: 2 }]);
  });
});

describe('definitions', () => {
  test('go when asked for', async () => {
    const one = await world();
    const report = await uninstall(one, { definitions: 'Remove' });
    expect(held(one.east)).toEqual([]);
    expect(report.clusters[0]).toMatchObject({ outcome: 'Removed', proof: { definitionsKept: 0 } });
  });

  test('that stay lose our labels and nothing else, and still go when asked for later', async () => {
    const one = await world();
    await uninstall(one);
    const [left] = one.east.objects().filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(left).toMatchObject({ spec: { group: 'networking.istio.io', versions: [{ name: 'v1' }] } });
    expect([left?.metadata.labels ?? {}, left?.metadata.annotations ?? {}]).toEqual([{}, {}]);
    const report = await uninstall(one, { definitions: 'Remove' });
    expect(report.clusters[1]).toMatchObject({ removed: { CustomResourceDefinition: 1 } });
    expect(held(one.east)).toEqual([]);
  });

  test('stay where an object of another owner uses them, which is named', async () => {
    const mine = object('networking.istio.io/v1/Gateway sample/mine');
    const one = await world({ east: { objects: [mine] } });
    const plan = await planRemoval(requestOf(one, { definitions: 'Remove' }));
    const inEast = plan.clusters.find(({ cluster }) => cluster === east);
    const kept = inEast?.state === 'Read' ? inEast.examined.verdict.keptDefinitions : [];
    expect(kept.map(({ usedBy }) => usedBy.map(describeRef))).toEqual([['Gateway sample/mine']]);
    await uninstall(one, { definitions: 'Remove' });
    expect(held(one.east)).toEqual(['CustomResourceDefinition gateways.networking.istio.io', 'Gateway sample/mine']);
    expect(held(one.west)).toEqual([]);
  });
});

describe('what is not ours', () => {
  test('keeps its namespace, without our labels', async () => {
    const one = await world({ east: { objects: [object('v1/ConfigMap istio-system/theirs')] } });
    const report = await uninstall(one);
    expect(outcomes(report)).toEqual({ west: 'Removed', east: 'Removed' });
    expect(report.clusters[1]).toMatchObject({
      proof: { namespacesKept: [{ namespace: 'istio-system', foreign: [{ name: 'theirs' }] }] },
    });
    expect(held(one.east)).toContain('ConfigMap istio-system/theirs');
    const namespace = one.east.objects().find(({ metadata }) => metadata.name === 'istio-system');
    expect(namespace?.metadata.labels ?? {}).toEqual({});
  });

  test('of another mesh stays, although it looks the same', async () => {
    const other = ours('v1/Secret isthmus-system/isthmus-issuer-other');
    const theirs = { ...other, metadata: { ...other.metadata, labels: { 'isthmus.dev/mesh': 'other' } } };
    const one = await world({ east: { objects: [theirs] } });
    await uninstall(one);
    expect(held(one.east)).toContain('Secret isthmus-system/isthmus-issuer-other');
  });

  test('an Istio of another owner keeps what its istiod writes, until any Istio is to go', async () => {
    const theirs = [
      object('apps/v1/Deployment istio-system/istiod-1-29', { metadata: { labels: { app: 'istiod' } } }),
      object('rbac.authorization.k8s.io/v1/ClusterRole istiod-clusterrole-1-29-istio-system'),
      // Its istiod writes this into our namespace too, which goes all the same.
      object('v1/ConfigMap isthmus-system/istio-ca-root-cert'),
    ];
    const one = await world({ east: { objects: theirs } });
    await uninstall(one);
    expect(held(one.east)).toEqual([
      'ClusterRole istiod-clusterrole-1-29-istio-system',
      'ConfigMap istio-system/istio-leader',
      'ConfigMap istio-system/kube-root-ca.crt',
      'ConfigMap sample/istio-ca-root-cert',
      'CustomResourceDefinition gateways.networking.istio.io',
      'Deployment istio-system/istiod-1-29',
      'Namespace istio-system',
    ]);
    await uninstall(one, { reach: 'AnyIstio', definitions: 'Remove' });
    expect(held(one.east)).toEqual([]);
  });
});

test('under the name of another mesh nothing is touched, and the mesh that is there is named', async () => {
  const one = await world();
  const request = requestOf(one);
  const mistyped = { ...request, mesh: { ...request.mesh, name: meshName.parse('shop2') } };
  const before = [one.west, one.east].map((client) => client.objects());
  await expect(planRemoval(mistyped)).rejects.toMatchObject({
    code: 'conflict',
    message: 'clusters west, east hold mesh shop; the file names shop2; nothing was changed',
  });
  expect([one.west, one.east].map((client) => client.objects())).toEqual(before);
  expect(one.deleted).toEqual([]);
});

describe('finalizers', () => {
  const operator = (finalizer: string): KubeObject =>
    ours('install.istio.io/v1alpha1/IstioOperator istio-system/installed-state', {
      metadata: { finalizers: [finalizer] },
    });

  test('that nothing serves are taken off when their controller had its time', async () => {
    const one = await world({ east: { objects: [operator('istio-finalizer.install.istio.io')] } });
    const report = await uninstall(one);
    expect(outcomes(report)).toEqual({ west: 'Removed', east: 'Removed' });
    expect(report.clusters[1]?.stripped).toMatchObject([
      { object: { kind: 'IstioOperator' }, finalizers: ['istio-finalizer.install.istio.io'] },
    ]);
    expect(one.clock.monotonic()).toBeGreaterThanOrEqual(10_000);
  });

  test('on an object that was deleted long ago block nothing either', async () => {
    const dying = object('install.istio.io/v1alpha1/IstioOperator istio-system/installed-state', {
      metadata: { finalizers: ['istio-finalizer.install.istio.io'], deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    const one = await world({ east: { objects: [dying] } });
    expect(outcomes(await uninstall(one))).toEqual({ west: 'Removed', east: 'Removed' });
  });

  test('of another owner are named and left; what is left of the cluster waits for them', async () => {
    const one = await world({ east: { objects: [operator('example.com/backup')] } });
    const report = await uninstall(one);
    expect(outcomes(report)).toEqual({ west: 'Removed', east: 'Stuck' });
    expect(report.clusters[1]?.stuck).toMatchObject([
      { object: { kind: 'IstioOperator' }, finalizers: ['example.com/backup'] },
    ]);
    const details = { what: 'IstioOperator istio-system/installed-state', by: ['example.com/backup'] };
    expect(one.events).toContainEqual(
      expect.objectContaining({ operation: 'uninstall', level: 'warning', type: 'Blocked', cluster: 'east', details }),
    );
    // Neither a namespace that hangs nor a lost inventory: the next run finds what this one could not finish.
    expect(held(one.east)).toContain('ConfigMap isthmus-system/isthmus-inventory');
    const namespace = one.east.objects().find(({ metadata }) => metadata.name === 'istio-system');
    expect(namespace?.metadata.deletionTimestamp).toBeUndefined();
    one.east.change(
      {
        apiVersion: 'install.istio.io/v1alpha1',
        kind: 'IstioOperator',
        namespace: 'istio-system',
        name: 'installed-state',
      },
      (found) => ({ ...found, metadata: { ...found.metadata, finalizers: [] } }),
    );
    expect(outcomes(await uninstall(one))).toEqual({ west: 'Removed', east: 'Removed' });
    expect(held(one.east)).toEqual(['CustomResourceDefinition gateways.networking.istio.io']);
  });
});

describe('only some clusters', () => {
  test('are emptied; the others lose their remote secrets for them first', async () => {
    const one = await world();
    const report = await uninstall(one, { chosen: [east] });
    expect(report.peerSecrets).toEqual([{ cluster: 'west', removed: 'east' }]);
    expect(one.deleted[0]).toBe('west Secret istio-system/istio-remote-secret-east');
    expect(held(one.west)).toContain('Deployment istio-system/istiod');
    expect(held(one.west)).toContain('Lease isthmus-system/isthmus-shop');
    expect(held(one.west)).not.toContain('Secret istio-system/istio-remote-secret-east');
  });
});

describe('a cluster that', () => {
  test('does not answer costs its own part', async () => {
    const one = await world();
    const gone = new IsthmusError('cluster-unreachable', 'no answer', { cluster: 'east' });
    const report = await uninstall(one, {
      ports: { clients: new Map([[west, one.west]]), unreachable: new Map([[east, gone]]) },
    });
    expect(outcomes(report)).toEqual({ west: 'Removed', east: 'Failed' });
    expect(held(one.west)).toEqual(['CustomResourceDefinition gateways.networking.istio.io']);
  });

  test('denies a right is not touched', async () => {
    const allows = ({ verb, resource }: { verb: string; resource: string }): boolean =>
      verb !== '*' && !(verb === 'delete' && resource === 'secrets');
    const one = await world({ east: { allows } });
    const report = await uninstall(one);
    expect(outcomes(report)).toEqual({ west: 'Removed', east: 'Failed' });
    expect(report.clusters[1]).toMatchObject({ error: { code: 'access-denied' } });
    expect(one.deleted.filter((line) => line.startsWith('east '))).toEqual([]);
  });

  test('refuses one deletion keeps that object in its inventory, and the rest goes', async () => {
    let refusing = true;
    const intercept = ({ verb, what }: FakeCall): void => {
      if (refusing && verb === 'delete' && what === 'Secret istio-system/cacerts') {
        throw new IsthmusError('access-denied', 'denied by policy', { cluster: 'east' });
      }
    };
    const one = await world({ east: { intercept } });
    const report = await uninstall(one);
    expect(outcomes(report)).toEqual({ west: 'Removed', east: 'Stuck' });
    expect(report.clusters[1]?.stuck).toMatchObject([{ object: { name: 'cacerts' }, reason: 'denied by policy' }]);
    expect(held(one.east)).toContain('ConfigMap isthmus-system/isthmus-inventory');
    refusing = false;
    expect(outcomes(await uninstall(one))).toEqual({ west: 'Removed', east: 'Removed' });
  });

  test('cannot say what a group of Istio holds is not called clean', async () => {
    const one = await world({ east: { silent: ['security.istio.io/v1'] } });
    const client = one.east;
    const raw = client.raw.bind(client);
    client.raw = (request) =>
      request.path === '/apis/security.istio.io/v1'
        ? Promise.reject(new IsthmusError('kubernetes-error', 'service unavailable', { cluster: 'east' }))
        : raw(request);
    const report = await uninstall(one);
    expect(report.clusters[1]).toMatchObject({ outcome: 'Stuck', proof: { unread: ['security.istio.io/v1'] } });
  });
});

test('an interruption begins nothing more, and running it again finishes', async () => {
  const ending = new AbortController();
  const intercept = ({ verb, what }: FakeCall): void => {
    if (verb === 'delete' && what === 'Deployment istio-system/istiod') ending.abort();
  };
  const one = await world({ east: { intercept } });
  const report = await uninstall(one, { ports: { signal: ending.signal } });
  expect(report.clusters[1]).toMatchObject({ outcome: 'Failed', error: { code: 'cancelled' } });
  expect(held(one.east)).toContain('Secret istio-system/cacerts');
  expect(outcomes(await uninstall(one))).toEqual({ west: 'Removed', east: 'Removed' });
});
