import { describe, expect, test } from 'vitest';
import { apiVersion } from '../api/mesh.ts';
import { digest } from '../apply/read/digest.ts';
import type { JsonObject } from '../base/json.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { nodePorts } from '../node-ports.ts';
import type { KubeObject } from '../objects/object.ts';
import { managedByLabel, managedByValue, meshLabel, operatorLease, systemNamespace } from '../objects/ownership.ts';
import { planObject } from '../plan/change.ts';
import type { OperatorApply } from '../report/operator-apply.ts';
import { openMesh } from './open-mesh.ts';

const names = ['west', 'east'] as const;
const text = `apiVersion: ${apiVersion}
kind: Mesh
metadata: { name: shop }
spec: { istio: { version: "1.31" }, home: west }
${names.map((name) => `---\napiVersion: ${apiVersion}\nkind: MeshCluster\nmetadata: { name: ${name} }\nspec: { network: us }\n`).join('')}`;

const labels = { [meshLabel]: 'shop', [managedByLabel]: managedByValue };

function document(
  kind: string,
  name: string,
  spec: JsonObject,
  more: Partial<KubeObject['metadata']> = {},
): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: systemNamespace, ...more }, spec };
}

/** As kubectl stored them. */
const stored = [
  document('Mesh', 'shop', { istio: { version: '1.31' }, home: 'west' }),
  ...names.map((name) => document('MeshCluster', name, { network: 'us' })),
];

interface Scene {
  readonly client: FakeClient;
  readonly asked: string[];
  apply(more?: {
    readonly clusters?: readonly string[];
    readonly maxDelete?: number;
  }): Promise<OperatorApply | undefined>;
}

type Judged = Readonly<Record<string, { readonly phase: string; readonly status: string; readonly reason?: string }>>;

/** `judged`: what the operator says of each cluster after its second look; it says nothing before. */
function scene(objects: readonly KubeObject[], judged: Judged, renewed = 1): Scene {
  const clock = handClock({ instantUpTo: 2_000 });
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: operatorLease, namespace: systemNamespace },
    spec: {
      holderIdentity: 'pod-1',
      leaseDurationSeconds: 15,
      renewTime: new Date(clock.now()).toISOString(),
    },
  };
  const client = createFake({ cluster: 'west', objects: [lease, ...objects], clock });
  clock.advance(renewed * 1_000);
  const asked: string[] = [];
  let looks = 0;
  const judge = (): void => {
    looks += 1;
    if (looks < 2) return;
    for (const { kind, metadata } of client.objects()) {
      if (kind !== 'Mesh' && kind !== 'MeshCluster') continue;
      const said = kind === 'Mesh' ? { phase: '', status: 'True' } : judged[metadata.name];
      if (said === undefined) continue;
      const { phase, status, reason = 'Confirmed' } = said;
      const ref = { apiVersion, kind, name: metadata.name, namespace: systemNamespace };
      const conditions = ['Available', 'UpToDate'].map((type) => ({
        type,
        status,
        reason,
        message: `${reason} of it.`,
      }));
      client.change(ref, (one) => ({
        ...one,
        status: { observedGeneration: one.metadata.generation ?? 1, phase, conditions },
      }));
    }
  };
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    judge();
    await clock.sleep(ms, signal);
  };
  const ports = { ...nodePorts({ PATH: '/nowhere' }), clock: { ...clock, sleep }, connect: async () => client };
  return {
    client,
    asked,
    apply: async (more = {}) => {
      const session = await openMesh({ text, name: 'mesh.yaml' }, ports);
      return await session.applyByOperator({ timeoutMs: 10_000, onWait: (what) => asked.push(what), ...more });
    },
  };
}

const good = { phase: 'Available', status: 'True' } as const;
const all = { west: good, east: good };

function actions(report: OperatorApply | undefined): readonly string[] {
  return (report?.documents ?? []).map(({ object, action }) => `${action} ${object.kind} ${object.name}`);
}

describe('an apply beside an operator', () => {
  test('leaves what kubectl stored as it is where it declares the same, and waits until every cluster is available', async () => {
    const made = scene(stored, all);
    const before = made.client.counts().writes;
    const report = await made.apply();
    expect(report).toMatchObject({ ok: true, operator: 'pod-1', mesh: 'shop' });
    expect(actions(report)).toEqual(['Keep Mesh shop', 'Keep MeshCluster west', 'Keep MeshCluster east']);
    expect(made.client.counts().writes).toBe(before);
    expect(made.asked).toEqual(['for west (not yet seen by the operator), east (not yet seen by the operator)']);
  });

  test('writes documents and nothing else', async () => {
    const made = scene([stored[0] as KubeObject, document('MeshCluster', 'west', { network: 'eu' })], all);
    expect(actions(await made.apply())).toEqual([
      'Keep Mesh shop',
      'Update MeshCluster west',
      'Create MeshCluster east',
    ]);
    const kinds = new Set(made.client.objects().map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['Lease', 'Mesh', 'MeshCluster', 'Namespace']);
    expect(made.client.objects().find(({ metadata }) => metadata.name === 'west')?.spec).toMatchObject({
      network: 'us',
    });
  });

  test('stores documents in which the next plan finds nothing to do', async () => {
    const made = scene([stored[0] as KubeObject, document('MeshCluster', 'west', { network: 'eu' })], all);
    await made.apply();
    const of = made.client.objects().filter(({ kind }) => kind === 'MeshCluster');
    const planned = of.map((live) => {
      const { name, namespace = '' } = live.metadata;
      const object = document('MeshCluster', name, live.spec as JsonObject, { namespace, labels });
      const options = { mesh: 'shop', digest, drift: 'Repair' } as const;
      return planObject({ object, ownership: 'Ours', ceded: [] }, live, options).action;
    });
    expect(planned).toEqual(['Unchanged', 'Unchanged']);
  });

  test('makes a definition that was deleted with its documents', async () => {
    const made = scene([stored[0] as KubeObject], all);
    expect(actions(await made.apply())).toEqual([
      'Keep Mesh shop',
      'Create MeshCluster west',
      'Create MeshCluster east',
    ]);
    const definitions = made.client.objects().filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(definitions.map(({ metadata }) => metadata.name)).toEqual(['meshclusters.isthmus.dev']);
  });

  test('deletes documents of ours that are no longer declared, and none of others', async () => {
    const more = [
      document('MeshCluster', 'ours', { network: 'us' }, { labels }),
      document('MeshCluster', 'theirs', { network: 'us' }),
    ];
    const made = scene([...stored.map((one) => ({ ...one, metadata: { ...one.metadata, labels } })), ...more], all);
    expect(actions(await made.apply())).toContain('Delete MeshCluster ours');
    expect(made.client.objects().map(({ metadata }) => metadata.name)).toContain('theirs');
  });

  test('is refused before it writes where more documents would go than may', async () => {
    const many = Array.from({ length: 6 }, (_, index) =>
      document('MeshCluster', `c${index}`, { network: 'us' }, { labels }),
    );
    const objects = [...many, document('Mesh', 'shop', { istio: { version: '1.30' } }, { labels })];
    const made = scene(objects, all);
    await expect(made.apply()).rejects.toMatchObject({ code: 'prune-guard' });
    expect(made.client.counts().writes).toBe(0);
    expect((await scene(objects, all).apply({ maxDelete: 6 }))?.ok).toBe(true);
  });

  test('ends at once where somebody has to change something first, and says what', async () => {
    const failed = { phase: 'Failed', status: 'False', reason: 'DeletionGuard' };
    const report = await scene(stored, { west: good, east: failed }).apply();
    expect(report?.clusters).toEqual([
      { cluster: 'west', phase: 'Available', outcome: 'Available', message: '' },
      { cluster: 'east', phase: 'Failed', outcome: 'Failed', message: 'DeletionGuard of it.' },
    ]);
    expect(report?.seconds).toBeLessThan(10);
  });

  test('ends with the time where a cluster does not become available', async () => {
    const report = await scene(stored, { west: good, east: { phase: 'Unreachable', status: 'False' } }).apply();
    expect(report?.ok).toBe(false);
    expect(report?.clusters.map(({ outcome }) => outcome)).toEqual(['Available', 'Waiting']);
    expect(report?.seconds).toBeGreaterThanOrEqual(10);
  });

  test.each([
    ['no operator ever led', stored, undefined],
    ['the one that led is gone', stored, 60],
  ])('is an ordinary one where %s', async (_, objects, renewed) => {
    const made = scene(objects, all, renewed ?? 1);
    if (renewed === undefined) {
      const {
        apiVersion: version,
        kind,
        metadata,
      } = made.client.objects().find((one) => one.kind === 'Lease') as KubeObject;
      await made.client.delete({ apiVersion: version, kind, name: metadata.name, namespace: systemNamespace });
    }
    expect(await made.apply()).toBeUndefined();
  });

  test('is refused for single clusters', async () => {
    await expect(scene(stored, all).apply({ clusters: ['east'] })).rejects.toMatchObject({ code: 'usage' });
  });
});
