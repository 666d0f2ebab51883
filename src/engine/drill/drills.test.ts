import { expect, test } from 'vitest';
import type { MeshCluster } from '../../api/mesh-cluster.ts';
import { IsthmusError } from '../../base/error.ts';
import { createFake } from '../../kube/testing/fake.ts';
import { clusterText, meshText, stream } from '../../mesh/testing/mesh-text.ts';
import { nodePorts } from '../../node-ports.ts';
import type { KubeObject } from '../../objects/object.ts';
import { drillAnnotations } from '../../undo/drill-note.ts';
import { drillUndoName, entryRef, undoObjects, undoRef } from '../../undo/undo-objects.ts';
import { openMesh } from '../open-mesh.ts';

const text = stream(meshText, clusterText('west'), clusterText('east'), clusterText('north'));
const gateway: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'istio-eastwestgateway', namespace: 'istio-system' },
  spec: { replicas: 0 },
};
const record = {
  version: 1 as const,
  ...{ mesh: 'shop', subject: 'drill', expiresAt: '2999-01-01T00:00:00Z', heartbeat: drillUndoName, entries: [] },
  faults: [{ ref: entryRef(gateway), set: { spec: { replicas: 0 } }, restore: { spec: { replicas: 1 } } }],
};
const annotations = drillAnnotations({ fault: 'gateway:east', forMs: 60_000 });
const undo = undoObjects({ name: drillUndoName, cluster: 'east', image: 'isthmus:test', record, annotations });

const system: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } };

async function drills(clusters?: readonly string[]) {
  const broken = { ...undoRef(drillUndoName), metadata: { name: drillUndoName, namespace: 'istio-system' }, data: {} };
  const connect = async ({ metadata: { name } }: MeshCluster) => {
    if (name === 'north') throw new IsthmusError('cluster-unreachable', 'it does not answer', { cluster: name });
    // The fake numbers UIDs in the order of its objects, and kube-system's tells clusters apart.
    return createFake({ cluster: name, objects: [...(name === 'east' ? [gateway, ...undo] : [broken]), system] });
  };
  const ports = nodePorts({ PATH: '/nowhere', HOME: '/nowhere' });
  await using session = await openMesh({ text, name: 'mesh.yaml' }, { ...ports, connect });
  return await session.drills(clusters === undefined ? {} : { clusters });
}

test('each cluster is read for itself: one that does not answer and a record that is none are not known', async () => {
  const report = await drills();
  expect(report).toMatchObject({ kind: 'DrillStatus', mesh: 'shop', verdict: 'Unknown', ok: false });
  expect(report.drills).toMatchObject([
    { cluster: 'east', phase: 'Broken', fault: 'gateway:east', objects: [entryRef(gateway)], holder: null },
  ]);
  expect(report.unread.map(({ cluster, error }) => [cluster, error.code])).toEqual([
    ['west', 'unexpected-response'],
    ['north', 'cluster-unreachable'],
  ]);
});

test('of chosen clusters the others are not asked', async () => {
  expect(await drills(['east'])).toMatchObject({ verdict: 'Yes', unread: [], drills: [{ cluster: 'east' }] });
});
