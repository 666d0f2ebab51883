import { describe, expect, test } from 'vitest';
import { clusterName } from '../api/name.ts';
import { debugPort } from '../kube/testing/debug-port.ts';
import type { FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readText } from '../mesh/text/read-text.ts';
import { fieldManager } from '../objects/ownership.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import type { RemovalEvent } from './events.ts';
import { fakeCluster, labelNamespace, meshObjects, object, ours } from './fake-cluster.ts';
import { carryOutLeave, type LeaveRequest, planLeave, refuseToLeave, without } from './leave.ts';

const names = ['west', 'east', 'apac'] as const;

function meshOf(controlPlanes: Readonly<Record<string, string>> = {}): DeclaredMesh {
  const documents = names.map(
    (name) => `apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: { name: ${name} }
spec: { network: n-${name}${controlPlanes[name] === undefined ? '' : `, controlPlane: ${controlPlanes[name]}`} }
`,
  );
  const mesh =
    'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: { name: shop }\nspec: { istio: { version: "1.31" } }\n';
  const { declared, findings } = readText([mesh, ...documents].join('---\n'), 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return declared;
}

const apac = clusterName.parse('apac');

interface World {
  readonly clients: ReadonlyMap<string, FakeClient>;
  readonly options: LeaveRequest;
  readonly events: RemovalEvent[];
  /** Deletions and looks at istiods, in order. */
  readonly calls: string[];
}

interface Situation {
  readonly declared?: DeclaredMesh;
  readonly drainMs?: number;
  readonly timeoutMs?: number;
}

/** `looks`: how often each istiod is asked until it has forgotten the cluster. */
function world(looks: number, more: Situation = {}): World {
  const { declared = meshOf(), drainMs = 1_000, timeoutMs = 60_000 } = more;
  const calls: string[] = [];
  const events: RemovalEvent[] = [];
  const clock = handClock({ instantUpTo: 1_000 });
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  const pod = object('v1/Pod istio-system/istiod-1', { metadata: { labels: { app: 'istiod' } }, status: ready });
  const clients = new Map(
    names.map((name) => {
      let asked = 0;
      const pages = (path: string): unknown => {
        if (path === '/debug/endpointShardz') {
          asked += 1;
          calls.push(`${name} asked`);
          return asked < looks ? { 'cart.shop.svc': { shop: { Shards: { 'Kubernetes/apac': [{}] } } } } : {};
        }
        return [{ id: name, secretName: '', syncStatus: 'synced' }];
      };
      const client = fakeCluster({
        cluster: name,
        clock,
        objects: [...meshObjects({ peer: 'apac', home: name === 'west' }), pod],
        forward: () => debugPort(pages),
        intercept: ({ verb, what }) => {
          if (verb === 'delete') calls.push(`${name} delete ${what}`);
        },
      });
      return [clusterName.parse(name), client] as const;
    }),
  );
  const options: LeaveRequest = {
    mesh: resolveMesh(declared),
    cluster: apac,
    side: 'Whole',
    drainMs,
    ports: {
      clients,
      unreachable: new Map(),
      clock,
      signal: new AbortController().signal,
      holder: 'test',
      onEvent: (event) => events.push(event),
    },
    limits: { timeoutMs },
  };
  return { clients, options, events, calls };
}

describe('a cluster that leaves', () => {
  test('is forgotten by every other istiod before anything of it is removed', async () => {
    const { options, calls, events } = world(3);
    const report = await carryOutLeave(await planLeave(options), options);
    expect(report.peerSecrets).toEqual([
      { cluster: 'west', removed: 'apac' },
      { cluster: 'east', removed: 'apac' },
    ]);
    expect(report.clusters).toMatchObject([{ cluster: 'apac', outcome: 'Removed' }]);
    expect(calls.slice(0, 2)).toEqual([
      'west delete Secret istio-system/istio-remote-secret-apac',
      'east delete Secret istio-system/istio-remote-secret-apac',
    ]);
    const firstOfApac = calls.findIndex((call) => call.startsWith('apac '));
    const lastLook = Math.max(calls.lastIndexOf('west asked'), calls.lastIndexOf('east asked'));
    expect(firstOfApac).toBeGreaterThan(lastLook);
    expect(calls.filter((call) => call === 'west asked')).toHaveLength(3);
    const what = 'istiod to forget apac (istiod-1 has endpoints of 1 services there, such as cart.shop.svc)';
    expect(events).toContainEqual(
      expect.objectContaining({ operation: 'leave', type: 'Waiting', cluster: 'west', details: { what } }),
    );
  });

  test('keeps all of its own part while an istiod does not forget it', async () => {
    const { options, calls } = world(1_000, { timeoutMs: 5_000 });
    const plan = await planLeave(options);
    await expect(carryOutLeave(plan, options)).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('still knows apac'),
    });
    expect(calls.filter((call) => call.startsWith('apac '))).toEqual([]);
  });

  test('and is gone for good is only forgotten', async () => {
    const lost = world(1);
    const others = new Map([...lost.options.ports.clients].filter(([name]) => name !== apac));
    const ports = { ...lost.options.ports, clients: others };
    const options = { ...lost.options, ports, side: 'Lost' as const };
    const report = await carryOutLeave(await planLeave(options), options);
    expect(report).toMatchObject({ clusters: [], peerSecrets: [{ cluster: 'west' }, { cluster: 'east' }] });
    expect(lost.calls.filter((call) => call.startsWith('apac '))).toEqual([]);
  });

  test('is not another one that its name leads to by now', async () => {
    const { clients, options } = world(1);
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'istio-system', name: 'istio-remote-secret-apac' };
    clients.get('east')?.change(secret, ({ metadata, ...rest }) => {
      const annotations = { ...metadata.annotations, 'isthmus.dev/cluster-uid': 'of the cluster that is meant' };
      return { ...rest, metadata: { ...metadata, annotations } };
    });
    await expect(planLeave(options)).rejects.toMatchObject({ code: 'cluster-identity-conflict', cluster: 'apac' });
    expect(await planLeave({ ...options, side: 'Lost' })).toMatchObject({ clusters: [] });
  });

  test('and does not answer is not taken for lost', async () => {
    const { options, calls } = world(1);
    const others = new Map([...options.ports.clients].filter(([name]) => name !== apac));
    await expect(planLeave({ ...options, ports: { ...options.ports, clients: others } })).rejects.toMatchObject({
      remedy: expect.arrayContaining([{ do: 'Repeat', options: { clusterLost: true } }]),
    });
    expect(calls).toEqual([]);
  });
});

describe('the mesh cannot do without', () => {
  test('its home', () => {
    expect(() => refuseToLeave(resolveMesh(meshOf()), clusterName.parse('west'))).toThrow(
      'west is the home of the mesh',
    );
  });

  test('a cluster in which the istiod of another one runs', () => {
    for (const controlPlane of ['{ remoteOf: east }', '{ externalOf: east }']) {
      const mesh = resolveMesh(meshOf({ apac: controlPlane }));
      expect(() => refuseToLeave(mesh, clusterName.parse('east'))).toThrow('the istiod of apac runs in east');
      expect(() => refuseToLeave(mesh, apac)).not.toThrow();
    }
  });

  test('its only cluster', () => {
    const alone = without(without(meshOf(), apac), clusterName.parse('east'));
    expect(() => refuseToLeave(resolveMesh(alone), clusterName.parse('west'))).toThrow(
      'west is the only cluster of the mesh',
    );
  });
});

test('a cluster whose istiod runs in a hub leaves no namespace behind there', async () => {
  const { options, clients } = world(1, { declared: meshOf({ apac: '{ externalOf: east }' }), drainMs: 0 });
  const hub = clients.get('east');
  if (hub === undefined) throw new Error('there is no hub');
  await hub.create(object('v1/Namespace istiod-apac'));
  await labelNamespace(hub, 'istiod-apac', { 'topology.istio.io/network': 'n-apac' });
  const istiod = ours('apps/v1/Deployment istiod-apac/istiod', { metadata: { labels: { app: 'istiod' } } });
  await hub.apply(istiod, { fieldManager });
  await hub.create(object('v1/ConfigMap istiod-apac/istio-ca-root-cert'));
  const report = await carryOutLeave(await planLeave(options), options);
  expect(report.clusters).toMatchObject([
    { cluster: 'apac', outcome: 'Removed' },
    { cluster: 'east', outcome: 'Removed', removed: { ConfigMap: 1, Deployment: 1, Namespace: 1 } },
  ]);
  const left = hub.objects().map(({ metadata: { namespace, name } }) => `${namespace ?? ''}/${name}`);
  expect(left.filter((name) => name.includes('istiod-apac'))).toEqual([]);
  expect(left).toContain('istio-system/istiod');
});
