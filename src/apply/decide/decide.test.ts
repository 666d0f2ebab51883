import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import { IsthmusError } from '../../base/error.ts';
import { meshServiceObjects } from '../../istio/mesh-service.ts';
import { createFake, type FakeCall, type FakeClient } from '../../kube/testing/fake.ts';
import { handClock } from '../../kube/testing/hand-clock.ts';
import type { DeclaredMesh } from '../../mesh/declared.ts';
import { readText } from '../../mesh/text/read-text.ts';
import { describeRef, type KubeObject, refKey, refOf } from '../../objects/object.ts';
import { managedByLabel, meshLabel } from '../../objects/ownership.ts';
import { observe } from '../../observe/observe.ts';
import { type HomeDocuments, ownedObject, type StagedObject } from '../../plan/desired.ts';
import { inventoryObject, inventoryRef, parseInventory, unionOf } from '../../plan/inventory.ts';
import { staleness } from '../../plan/plan-record.ts';
import { virtualClock } from '../../probe/virtual-clock.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { digest } from '../read/digest.ts';
import { refuseDeletions, refuseUnauthorized } from '../refuse/deletion-limits.ts';
import { recordsOf } from '../refuse/plan-records.ts';
import { type PruneOutcome, pruneCluster } from '../run/prune.ts';
import { createWriter } from '../run/writer.ts';
import { type Decision, decideAll } from './decide.ts';

const mesh = 'shop';
const signal = new AbortController().signal;

function declaredMesh(drift: string): DeclaredMesh {
  const text = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: ${mesh}}
spec: {istio: {version: "1.31"}, drift: ${drift}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
`;
  const { declared, findings } = readText(text, 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return declared;
}

/** A cluster in memory, and an apply reduced to what it does with objects. */
interface Scene {
  readonly client: FakeClient;
  decide(objects: readonly StagedObject[], maxDelete?: number): Promise<Decision>;
  apply(objects: readonly StagedObject[], peersUnsettled?: string): Promise<PruneOutcome>;
  inventory(): readonly string[];
  /** Our objects that are there, the inventory left out. */
  ours(): readonly string[];
}

interface SceneOptions {
  readonly drift?: 'Repair' | 'Respect';
  readonly clock?: Clock;
  readonly homeDocuments?: HomeDocuments;
  readonly paused?: DeclaredMesh['paused'];
  /** A cluster that an earlier scene has left. */
  readonly client?: FakeClient;
  readonly intercept?: (call: FakeCall) => void | Promise<void>;
}

const namespaces = ['a', 'istio-system', 'isthmus-system', 'kube-system'].map(
  (name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
);

function scene(options: SceneOptions = {}): Scene {
  const { drift = 'Repair', clock = handClock(), intercept = () => undefined, homeDocuments = 'Write' } = options;
  const client = options.client ?? createFake({ objects: namespaces, intercept, clock });
  const { paused = [] } = options;
  const resolved = resolveMesh({ ...declaredMesh(drift), paused });
  const [topology] = resolved.topology.clusters;
  if (topology === undefined) throw new Error('the mesh has no cluster');
  const cluster = topology.name;
  const decide: Scene['decide'] = async (objects, maxDelete = 1000) => {
    const listed = [...objects.map(({ object }) => refOf(object)), inventoryRef];
    const observed = await observe(client, { listed, whole: [inventoryRef], signal });
    const prepared = [{ topology, client, observed, objects, renderNotices: [] }];
    const fromFile = new Map([[cluster, objects]]);
    const [decision] = await decideAll({ prepared, missing: new Map() }, fromFile, {
      mesh: resolved,
      ports: { signal },
      scope: { maxDelete, homeDocuments },
    });
    if (decision === undefined) throw new Error('nothing was decided');
    return decision;
  };
  return {
    client,
    decide,
    async apply(objects, peersUnsettled) {
      const decision = await decide(objects);
      const { observed } = decision.part;
      const beforeWrite = async (): Promise<void> => undefined;
      const { live, scaledToZero } = observed;
      const policy = { mesh, digest, drift, scaledToZero };
      const writer = createWriter({ cluster, client, ...policy, live, signal, beforeWrite });
      const stored = parseInventory(observed.whole.get(refKey(inventoryRef)));
      await writer.ensure([ownedObject(inventoryObject(mesh, unionOf(stored, decision.wanted)), mesh)]);
      await writer.ensure(objects);
      return await pruneCluster({ decision, mesh, peersUnsettled, clock, signal, beforeWrite });
    },
    inventory: () => parseInventory(client.objects().find(isInventory)).map(describeRef).sort(),
    ours: () =>
      client
        .objects()
        .filter((object) => object.metadata.labels?.[meshLabel] === mesh && !isInventory(object))
        .map((object) => describeRef(refOf(object)))
        .sort(),
  };
}

function isInventory(object: KubeObject): boolean {
  return refKey(refOf(object)) === refKey(inventoryRef);
}

function configMap(name: string, value: string, namespace = 'a'): StagedObject {
  return ownedObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { value } }, mesh);
}

function injected(name: string): StagedObject {
  const metadata = { name, labels: { 'istio-injection': 'enabled' } };
  return {
    object: { apiVersion: 'v1', kind: 'Namespace', metadata },
    ceded: [],
    ownership: 'Shared',
    stage: 'Injection',
  };
}

const c1 = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'c1' };

function edit(client: FakeClient, name: string, value: string): void {
  client.change({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name }, (object) => ({
    ...object,
    data: { value },
  }));
}

function planned({ changes, prune }: Decision): readonly string[] {
  return [
    ...changes.map(({ change }) => `${change.action} ${describeRef(change.ref)}`),
    ...prune.releases.map(({ ref }) => `Release ${describeRef(ref)}`),
    ...prune.deletions.map(({ ref }) => `Delete ${describeRef(ref)}`),
  ];
}

/** Names with a value: what a mesh wants at one time. */
const wishes = fc.dictionary(fc.constantFrom('c0', 'c1', 'c2', 'c3', 'c4'), fc.constantFrom('x', 'y', 'z'), {
  minKeys: 1,
});
const hands = fc.array(
  fc.record({ name: fc.constantFrom('c0', 'c1', 'c2', 'c3', 'c4'), deed: fc.constantFrom('edit', 'delete', 'disown') }),
  { maxLength: 4 },
);

function objectsOf(wish: Readonly<Record<string, string>>): readonly StagedObject[] {
  return Object.entries(wish).map(([name, value]) => configMap(name, value));
}

async function interfere({ client }: Scene, name: string, deed: string): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name };
  if ((await client.get(ref)) === undefined) return;
  if (deed === 'edit') edit(client, name, 'by hand');
  else if (deed === 'delete') await client.delete(ref);
  else client.change(ref, (object) => ({ ...object, metadata: { ...object.metadata, labels: {} } }));
}

describe('a plan', () => {
  test('after an apply is empty, whatever the mesh wanted before and whoever interfered', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, hands, wishes, async (before, deeds, after) => {
        const one = scene();
        await one.apply(objectsOf(before));
        for (const { name, deed } of deeds) await interfere(one, name, deed);
        const first = await one.decide(objectsOf(after));
        // What is there without our label is someone else's by now, and refused.
        if (first.refused.length > 0) return;
        const disowned = first.prune.kept.map(({ ref }) => describeRef(ref));
        await one.apply(objectsOf(after));
        expect(planned(await one.decide(objectsOf(after)))).toEqual([]);
        expect(one.ours()).toEqual(
          Object.keys(after)
            .map((name) => `ConfigMap a/${name}`)
            .sort(),
        );
        expect(disowned.every((name) => one.inventory().includes(name))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('does not depend on the order of what is wanted', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, wishes, async (before, after) => {
        const one = scene();
        await one.apply(objectsOf(before));
        const there = await one.decide(objectsOf(after));
        const back = await one.decide(objectsOf(after).toReversed());
        expect(planned(back)).toEqual(planned(there));
        expect(recordsOf([back]).map(({ changes }) => changes)).toEqual(
          recordsOf([there]).map(({ changes }) => changes),
        );
      }),
      { numRuns: 40 },
    );
  });

  test('deletes only what carries the labels of this mesh, and nothing that is wanted', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, hands, wishes, async (before, deeds, after) => {
        const one = scene();
        await one.apply(objectsOf(before));
        for (const { name, deed } of deeds) await interfere(one, name, deed);
        const ours = new Set(one.ours());
        const { prune } = await one.decide(objectsOf(after));
        for (const { ref } of prune.deletions) {
          expect(ours.has(describeRef(ref))).toBe(true);
          expect(ref.name in after).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('leaves to others what they changed where the mesh says so, and makes again what they deleted', async () => {
    const one = scene({ drift: 'Respect' });
    const wanted = [configMap('c0', 'x'), configMap('c1', 'x')];
    await one.apply(wanted);
    edit(one.client, 'c0', 'by hand');
    await interfere(one, 'c1', 'delete');
    const decision = await one.decide(wanted);
    expect(planned(decision)).toEqual(['Create ConfigMap a/c1']);
    expect(decision.respected).toMatchObject([{ ref: { name: 'c0' }, drift: [{ field: 'data.value' }] }]);
    await one.apply(wanted);
    expect(planned(await one.decide(wanted))).toEqual([]);
    expect(one.client.objects().find(({ metadata }) => metadata.name === 'c0')?.data).toEqual({ value: 'by hand' });
  });
});

describe('a plan that was kept', () => {
  const wanted = [configMap('c0', 'y'), configMap('c2', 'y')];

  async function kept(): Promise<{ readonly one: Scene; readonly check: () => Promise<readonly string[]> }> {
    const one = scene();
    await one.apply([configMap('c0', 'x'), configMap('c1', 'x')]);
    const records = recordsOf([await one.decide(wanted)]);
    return { one, check: async () => staleness(records, recordsOf([await one.decide(wanted)])) };
  }

  test('holds while nothing changed, even when a status did', async () => {
    const { one, check } = await kept();
    expect(await check()).toEqual([]);
    await one.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'else', namespace: 'a' } });
    expect(await check()).toEqual([]);
  });

  test.each([
    {
      name: 'an object that it changes',
      deed: 'edit',
      target: 'c0',
      says: 'west: ConfigMap a/c0 was changed meanwhile',
    },
    {
      name: 'an object that it deletes',
      deed: 'edit',
      target: 'c1',
      says: 'west: ConfigMap a/c1 was changed meanwhile',
    },
    {
      name: 'an object that is gone',
      deed: 'delete',
      target: 'c0',
      says: 'west: ConfigMap a/c0 is to be made now; it was to be changed',
    },
    {
      name: 'an object that no longer needs to be deleted',
      deed: 'delete',
      target: 'c1',
      says: 'west: ConfigMap a/c1 no longer needs a change; it was to be deleted',
    },
  ])('names $name', async ({ deed, target, says }) => {
    const { one, check } = await kept();
    await interfere(one, target, deed);
    expect(await check()).toContain(says);
  });

  test('names an object that was as planned, and an object that was recreated', async () => {
    const one = scene();
    await one.apply([configMap('c0', 'x'), configMap('c1', 'x')]);
    const records = recordsOf([await one.decide([configMap('c0', 'y'), configMap('c1', 'x')])]);
    edit(one.client, 'c1', 'by hand');
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'c0' };
    await one.client.delete(ref);
    await one.client.create({ ...configMap('c0', 'x').object });
    const now = recordsOf([await one.decide([configMap('c0', 'y'), configMap('c1', 'x')])]);
    expect(staleness(records, now)).toEqual([
      'west: ConfigMap a/c0 was deleted and recreated',
      'west: ConfigMap a/c1 was as planned and is to be changed now',
    ]);
  });

  test('is stale where Istio is rendered otherwise, and in another cluster', async () => {
    const { one } = await kept();
    const [record] = recordsOf([await one.decide(wanted)]);
    if (record === undefined) throw new Error('no record');
    expect(staleness([record], [{ ...record, inputs: 'other' }])).toEqual([
      'west: Istio is rendered otherwise now, or by another version of Isthmus',
    ]);
    expect(staleness([record], [{ ...record, identity: 'other' }])).toEqual([
      'west: it is another cluster than the one that was planned',
    ]);
    expect(staleness([record], [])).toEqual(['west: it cannot be planned now']);
    expect(staleness([], [record])).toEqual(['west: it is not in the plan']);
  });
});

describe('the declared documents', () => {
  const metadata = { name: 'shop', namespace: 'isthmus-system' };
  const document = ownedObject({ apiVersion: 'isthmus.dev/v1alpha1', kind: 'Mesh', metadata, spec: {} }, mesh);
  const rest = [configMap('c0', 'x')];
  const cluster = (): FakeClient => {
    const another = { ...document.object, metadata: { name: 'another', namespace: 'isthmus-system' } };
    return createFake({ objects: [...namespaces, another] });
  };

  test('that are left to others are neither deleted nor named in the inventory', async () => {
    const before = scene({ client: cluster() });
    await before.apply([...rest, document]);
    expect(before.inventory()).toContain('Mesh isthmus-system/shop');
    const after = scene({ client: before.client, homeDocuments: 'Leave' });
    expect(planned(await after.decide(rest))).toEqual(['Update ConfigMap isthmus-system/isthmus-inventory']);
    expect(await after.apply(rest)).toMatchObject({ deleted: [], kept: [], failed: [] });
    expect(after.inventory()).not.toContain('Mesh isthmus-system/shop');
    expect(after.ours()).toContain('Mesh isthmus-system/shop');
    expect(planned(await after.decide(rest))).toEqual([]);
  });

  test('that are written are deleted when they are no longer declared', async () => {
    const one = scene({ client: cluster() });
    await one.apply([...rest, document]);
    expect(planned(await one.decide(rest))).toContain('Delete Mesh isthmus-system/shop');
  });
});

describe('a MeshService that is paused', () => {
  const service = {
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshService',
    metadata: { name: 'cart', namespace: 'sample' },
    spec: { scope: 'Mesh', split: { west: 100 } },
  } as const;
  const objects = meshServiceObjects([service]).map((object) => ownedObject(object, mesh));
  const rest = [configMap('c0', 'x')];
  const rule = 'DestinationRule istio-system/isthmus-sample-cart';
  const held = async (): Promise<Scene> => {
    // Others have some, so that the kinds are known.
    const others = objects.map(({ object }) => ({ ...object, metadata: { name: 'theirs', namespace: 'a' } }));
    const before = scene({ client: createFake({ objects: [...namespaces, ...others] }) });
    await before.apply([...rest, ...objects]);
    return before;
  };

  test('keeps what was made of it, also in the inventory, and loses it when it is no longer declared', async () => {
    const before = await held();
    const during = scene({ client: before.client, paused: [service.metadata] });
    expect(planned(await during.decide(rest))).toEqual([]);
    expect(await during.apply(rest)).toMatchObject({ deleted: [], kept: [], failed: [] });
    expect(during.inventory()).toContain(rule);
    expect(planned(await before.decide(rest))).toContain(`Delete ${rule}`);
  });

  test('keeps nothing of another one', async () => {
    const before = await held();
    const during = scene({ client: before.client, paused: [{ name: 'cart', namespace: 'other' }] });
    expect(planned(await during.decide(rest))).toContain(`Delete ${rule}`);
  });
});

describe('what is no longer wanted', () => {
  const all = [configMap('c0', 'x'), configMap('c1', 'x')];
  const [first] = all;
  const rest = first === undefined ? [] : [first];

  test('subsets go when proxies had time to take the end of the route that names them', async () => {
    const clock = virtualClock();
    const deleted: string[] = [];
    const steering = (kind: string, namespace: string): KubeObject => ({
      apiVersion: 'networking.istio.io/v1',
      kind,
      metadata: { name: 'isthmus-a-reviews', namespace },
    });
    const kinds = ['DestinationRule', 'VirtualService'];
    const client = createFake({
      // Others have some, so that the kinds are known.
      objects: [...namespaces, ...kinds.map((kind) => steering(kind, 'a'))],
      clock,
      intercept: ({ verb, kind }) => {
        if (verb === 'delete') deleted.push(`${kind} after ${clock.monotonic()} ms`);
      },
    });
    const { apply } = scene({ client, clock });
    await apply(kinds.map((kind) => ownedObject(steering(kind, 'istio-system'), mesh)));
    expect(deleted).toEqual([]);
    await apply([configMap('c1', '1')]);
    expect(deleted).toEqual(['VirtualService after 0 ms', 'DestinationRule after 5000 ms']);
  });

  test('stays in the inventory when its deletion is denied, and goes with the next apply', async () => {
    let denied = true;
    const one = scene({
      intercept: ({ verb }) => {
        if (verb === 'delete' && denied) throw new IsthmusError('access-denied', 'a policy denied it');
      },
    });
    await one.apply(all);
    const outcome = await one.apply(rest);
    expect(outcome).toMatchObject({ deleted: [], failed: [{ ref: { name: 'c1' }, reason: 'a policy denied it' }] });
    expect(one.inventory()).toContain('ConfigMap a/c1');
    denied = false;
    expect(await one.apply(rest)).toMatchObject({ deleted: [{ name: 'c1' }], failed: [] });
    expect(one.inventory()).not.toContain('ConfigMap a/c1');
    expect(planned(await one.decide(rest))).toEqual([]);
  });

  test('is deleted although its status changes just then', async () => {
    let disturb = 2;
    const one = scene({
      intercept: ({ verb, what }) => {
        if (verb !== 'delete' || disturb === 0) return;
        disturb -= 1;
        edit(one.client, what.split('/')[1] ?? '', `disturbed ${disturb}`);
      },
    });
    await one.apply(all);
    expect(await one.apply(rest)).toMatchObject({ deleted: [{ name: 'c1' }] });
  });

  test.each<readonly [string, (client: FakeClient) => unknown, string]>([
    [
      'somebody recreated it',
      async (client) => {
        await client.delete(c1);
        await client.create(configMap('c1', 'theirs').object);
      },
      'someone else recreated it in the meantime',
    ],
    ...[meshLabel, managedByLabel].map(
      (label) =>
        [
          `somebody took the label ${label} off`,
          (client: FakeClient) =>
            client.change(c1, (object) => {
              const { [label]: _, ...labels } = object.metadata.labels ?? {};
              return { ...object, metadata: { ...object.metadata, labels } };
            }),
          'it no longer carries the labels of mesh shop',
        ] as const,
    ),
  ])('stays where %s just before', async (_, deed, reason) => {
    let isDone = true;
    const one = scene({
      intercept: async ({ verb, what }) => {
        if (isDone || verb !== 'get' || what !== describeRef(c1)) return;
        isDone = true;
        await deed(one.client);
      },
    });
    await one.apply(all);
    isDone = false;
    expect(await one.apply(rest)).toMatchObject({ deleted: [], failed: [{ reason }] });
    expect(isDone).toBe(true);
    expect(await one.client.get(c1)).toBeDefined();
    expect(one.inventory()).toContain('ConfigMap a/c1');
  });

  test('stays in the inventory while a finalizer holds it', async () => {
    const clock = handClock();
    const one = scene({ clock });
    await one.apply(all);
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'c1' };
    one.client.change(ref, (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: ['example.com/x'] },
    }));
    const outcome = one.apply(rest);
    const waiting = async (): Promise<void> => {
      while ((await one.client.get(ref))?.metadata.deletionTimestamp === undefined) await Promise.resolve();
    };
    await waiting();
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    clock.advance(10_000);
    expect(await outcome).toMatchObject({
      deleted: [],
      failed: [{ reason: 'it is being deleted, and its finalizers hold it: example.com/x' }],
    });
    expect(one.inventory()).toContain('ConfigMap a/c1');
  });

  test('is kept where it belongs to someone else by now, and in places that are never touched', async () => {
    const one = scene();
    const system = configMap('keep', 'x', 'kube-system');
    const own = configMap('own', 'x', 'isthmus-system');
    await one.apply([...all, system, own]);
    await interfere(one, 'c1', 'disown');
    const { prune } = await one.decide(rest);
    expect(prune.deletions).toEqual([]);
    expect(prune.kept.map(({ ref, reason }) => `${describeRef(ref)}: ${reason}`)).toEqual([
      'ConfigMap a/c1: it no longer carries the labels of mesh shop, so it belongs to someone else',
      'ConfigMap isthmus-system/own: it is what Isthmus itself keeps in the cluster',
      "ConfigMap kube-system/keep: an apply removes nothing from Kubernetes' own namespaces",
    ]);
    await one.apply(rest);
    expect(one.inventory()).toEqual(expect.arrayContaining(['ConfigMap a/c1', 'ConfigMap kube-system/keep']));
  });

  test('a namespace loses our label and nothing else', async () => {
    const one = scene();
    const team = { labels: { team: 'web' } };
    await one.client.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', ...team } },
      { fieldManager: 'kubectl' },
    );
    await one.apply([...rest, injected('a')]);
    expect(planned(await one.decide(rest))).toEqual([
      'Update ConfigMap isthmus-system/isthmus-inventory',
      'Release Namespace a',
    ]);
    expect(await one.apply(rest)).toMatchObject({ released: [{ name: 'a' }], deleted: [] });
    const namespace = await one.client.get({ apiVersion: 'v1', kind: 'Namespace', name: 'a' });
    expect(namespace?.metadata).toMatchObject(team);
    expect(namespace?.metadata.labels).not.toHaveProperty('istio-injection');
    expect(one.inventory()).not.toContain('Namespace a');
    expect(planned(await one.decide(rest))).toEqual([]);
  });

  test('a namespace that is gone is not recreated for its label', async () => {
    const one = scene();
    await one.apply([...rest, injected('b')]);
    await one.client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'b' });
    expect(await one.apply(rest)).toMatchObject({ released: [] });
    expect(await one.client.get({ apiVersion: 'v1', kind: 'Namespace', name: 'b' })).toBeUndefined();
    expect(one.inventory()).not.toContain('Namespace b');
  });

  test('what peers may still use stays until all of them are as declared', async () => {
    const one = scene();
    const labels = { istio: 'eastwestgateway' };
    const metadata = { name: 'gateway', namespace: 'a', labels };
    const gateway = ownedObject({ apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'LoadBalancer' } }, mesh);
    await one.apply([...all, gateway]);
    const unsettled = 'other clusters may still use it';
    const outcome = await one.apply(rest, unsettled);
    expect(outcome).toMatchObject({
      deleted: [{ name: 'c1' }],
      kept: [{ ref: { name: 'gateway' }, reason: unsettled }],
    });
    expect(one.inventory()).toContain('Service a/gateway');
    expect(await one.apply(rest)).toMatchObject({ deleted: [{ name: 'gateway' }] });
  });

  test('nothing is removed where an API does not answer', async () => {
    const one = scene({
      intercept: ({ verb, kind }) => {
        if (verb === 'get' && kind === 'Role') throw new IsthmusError('kubernetes-error', 'the server is overloaded');
      },
    });
    const role = ownedObject(
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r', namespace: 'a' }, rules: [] },
      mesh,
    );
    await one.apply([...all, role]);
    await expect(one.decide(rest)).rejects.toMatchObject({ code: 'prune-unsafe' });
    expect(one.ours()).toHaveLength(3);
  });
});

describe('the guard', () => {
  const many = Array.from({ length: 12 }, (_, index) => configMap(`c${index}`, 'x'));

  test('refuses more deletions than one apply may make, and hands over no override', async () => {
    const one = scene();
    await one.apply(many);
    const decision = await one.decide(many.slice(0, 6), undefined);
    expect(decision.guard).toMatchObject({ deletions: 6, limit: 1000 });
    const strict = await one.decide(many.slice(0, 6), 5);
    expect(() => refuseDeletions([strict])).toThrow(
      expect.objectContaining({
        code: 'prune-guard',
        remedy: expect.arrayContaining([{ do: 'Run', operation: 'leave', subject: 'CLUSTER' }]),
      }),
    );
    expect(() => refuseDeletions([decision])).not.toThrow();
  });

  test('refuses that nothing would be left, whatever is allowed', async () => {
    const one = scene();
    await one.apply(many);
    const decision = await one.decide([configMap('other', 'x')], 1000);
    expect(decision.guard.verdict).toBe('Everything');
    expect(() => refuseDeletions([decision])).toThrow(/nothing of the mesh would be left/);
  });
});

describe('rights', () => {
  test('a deletion that is planned needs the right for it, before anything is written', async () => {
    const one = scene();
    await one.apply([configMap('c0', 'x'), configMap('c1', 'x')]);
    const decision = await one.decide([configMap('c0', 'x')]);
    await refuseUnauthorized([decision], signal);
    const client = createFake({ allows: ({ verb }) => verb !== 'delete' });
    const denied = { ...decision, part: { ...decision.part, client } };
    await expect(refuseUnauthorized([denied], signal)).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringContaining('delete configmaps in a'),
    });
  });
});
