import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMesh } from '../../src/engine/open-mesh.ts';
import { clusterzPath } from '../../src/istio/debug.ts';
import { nodePorts } from '../../src/node-ports.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { twoNetworks } from '../../src/predict/testing/fake-mesh.ts';
import { type StoredSnapshot, writeSnapshotFolder } from '../../src/snapshot/folder.ts';
import type { Target } from './target.ts';

const world = twoNetworks();
const [first, second] = world.clusters.map(({ cluster }) => cluster);
const place = { cluster: first ?? '', namespace: 'istio-system', pod: 'istiod-1' };
const istiodLabels = { app: 'istiod' };
const istiodObjects: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: place.pod, namespace: place.namespace, labels: istiodLabels },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace: place.namespace, labels: istiodLabels },
    spec: { replicas: 1 },
    status: { availableReplicas: 1 },
  },
];
const stored: StoredSnapshot = {
  snapshot: {
    ...world,
    clusters: world.clusters.map(({ cluster, objects }) => ({
      cluster,
      objects: cluster === first ? [...objects, ...istiodObjects] : objects,
    })),
    resolutions: { 'out.example': ['10.0.0.1'] },
    unread: { other: 'no answer' },
  },
  takenAt: '2026-11-20T10:00:00Z',
  gaps: ['istiod b of east was not asked'],
  state: {
    servers: { [place.cluster]: { server: 'https://west.example:6443', kubernetes: 'v1.36.3' } },
    pages: [{ ...place, path: clusterzPath, body: [{ id: second ?? '', secretName: 'a/b', syncStatus: 'synced' }] }],
    answers: [{ ...place, peers: [{ peer: second ?? '', answers: 'No', detail: 'no answer within 8 s' }] }],
  },
};
const { istiods } = world;
const { takenAt, gaps, state, snapshot } = stored;
const facts = { takenAt, gaps, state, resolutions: snapshot.resolutions, unread: snapshot.unread };
const kinds = ['Mesh', ...world.clusters.map(({ cluster }) => cluster)].map((name) =>
  name === 'Mesh'
    ? {
        apiVersion: 'isthmus.dev/v1alpha1',
        kind: name,
        metadata: { name: 'shop' },
        spec: { istio: { version: '1.31' } },
      }
    : { apiVersion: 'isthmus.dev/v1alpha1', kind: 'MeshCluster', metadata: { name }, spec: { network: name } },
);

/** What status, trace and whatif say of a snapshot in which somebody has written that file; JSON is YAML too. */
async function played(file: string, text: string): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'isthmus-fuzz-'));
  await writeSnapshotFolder(folder.path, stored, kinds);
  await writeFile(join(folder.path, file), text);
  await using session = await openMesh({ snapshot: folder.path }, nodePorts());
  await session.status();
  await session.trace({ from: 'west/shop/client', to: { host: 'reviews.shop.svc.cluster.local', port: 80 } });
  await session.whatif({ down: ['cluster:east'] });
}

/** Readers of a snapshot that somebody was sent, beyond the objects in it. */
export const snapshotTargets: readonly Target[] = [
  {
    name: 'snapshot-facts',
    from: 'the folder of a snapshot: facts.yaml',
    form: 'Json',
    whole: [JSON.stringify(facts)],
    read: async (text) => await played('facts.yaml', text),
  },
  {
    name: 'snapshot-istiods',
    from: 'the folder of a snapshot: istiods.yaml',
    form: 'Json',
    whole: [JSON.stringify(istiods)],
    read: async (text) => await played('istiods.yaml', text),
  },
];
