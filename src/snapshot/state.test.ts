import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import { systemClock } from '../base/system-clock.ts';
import { clusterzPath } from '../istio/debug.ts';
import { synczPath } from '../istio/syncz.ts';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { readState } from './state.ts';
import { storedClient } from './stored-client.ts';

const system = 'istio-system';
const options = { clock: systemClock, signal: new AbortController().signal };
const key = 'cHJpdmF0ZSBrZXk=';

function deployment(name: string, namespace: string, labels = {}): KubeObject {
  const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'x:1', env: [{ value: key }] }] } };
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, conditions: [] };
  const metadata = { name, namespace, labels, generation: 1 };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 1, template }, status };
}

const istiodPod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'istiod-1', namespace: system, labels: { app: 'istiod' } },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};
const objects: readonly KubeObject[] = [
  deployment('istiod', system, { app: 'istiod' }),
  deployment('gateway', 'ingress', { gateway: 'eu' }),
  deployment('web', 'shop'),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'gateway', namespace: 'ingress', labels: { 'topology.istio.io/network': 'eu' } },
  },
  istiodPod,
  // Somebody's, who would like to be asked and believed.
  deployment('istiod', 'tenant', { app: 'istiod' }),
  { ...istiodPod, metadata: { ...istiodPod.metadata, namespace: 'tenant' } },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cacerts', namespace: system },
    data: { 'ca-key.pem': key, 'ca-cert.pem': 'Y2VydA==', 'root-cert.pem': 'cm9vdA==' },
  },
];

/** An istiod that says what an earlier snapshot has of it, such as these clusters that it reads. */
function served(read: readonly JsonObject[] = []): Duplex | Promise<Duplex> {
  const place = { cluster: 'west', namespace: system, pod: 'istiod-1' };
  const pages = [
    { ...place, path: clusterzPath, body: [...read] },
    { ...place, path: synczPath, body: [{ proxy: 'a.b', note: key }] },
  ];
  const snapshot = { clusters: [], istiods: [] };
  return storedClient('west', {
    snapshot,
    takenAt: undefined,
    gaps: [],
    state: { servers: {}, pages, answers: [] },
  }).forward({ namespace: system, name: 'istiod-1' }, 15014);
}

test('control planes, what is behind gateways, certificates and what istiod says are read, and no key', async () => {
  const state = await readState(createFake({ objects, forward: () => served() }), options);
  expect(state).toMatchObject({ cluster: 'west', kubernetes: 'v1.36.0', gaps: [] });
  expect(state.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Deployment istiod',
    'Deployment gateway',
    'Secret cacerts',
  ]);
  expect(state.objects[0]).toMatchObject({
    metadata: { generation: 1 },
    spec: { replicas: 1, template: { spec: { containers: [{ name: 'a', image: 'x:1' }] } } },
    status: { availableReplicas: 1 },
  });
  expect(state.objects[2]?.data).toEqual({
    'ca-key.pem': '(redacted)',
    'ca-cert.pem': 'Y2VydA==',
    'root-cert.pem': 'cm9vdA==',
  });
  expect(JSON.stringify(state)).not.toContain(key);
  expect(state.pages.map(({ path }) => path)).toEqual([clusterzPath, synczPath]);
});

test('an istiod that does not answer is a gap', async () => {
  const { pages, gaps } = await readState(createFake({ objects }), options);
  expect(pages).toEqual([]);
  expect(gaps).toEqual([expect.stringMatching(/^istiod istiod-1 of west was not asked: /)]);
});

test('where nobody can tell whether peers answer an istiod, that is a gap', async () => {
  const read = [{ id: 'east', secretName: 'istio-system/istio-remote-secret-east', syncStatus: 'synced' }];
  const { answers, gaps } = await readState(createFake({ objects, forward: () => served(read) }), options);
  expect(answers).toMatchObject([{ peers: [{ peer: 'east', answers: 'Unknown' }] }]);
  expect(gaps).toEqual([expect.stringMatching(/^whether peers answer istiod istiod-1 of west is not known: ./)]);
});
