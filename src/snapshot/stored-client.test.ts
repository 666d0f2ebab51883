import { expect, test } from 'vitest';
import { systemClock } from '../base/system-clock.ts';
import { clusterzPath } from '../istio/debug.ts';
import { getThroughPod } from '../kube/pod/http-over-forward.ts';
import type { KubeObject } from '../objects/object.ts';
import type { StoredSnapshot } from './folder.ts';
import { recordedAnswers, storedClient } from './stored-client.ts';

function pod(name: string, namespace: string, app: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels: { app } } };
}

const page = {
  cluster: 'west',
  namespace: 'istio-system',
  pod: 'istiod-1',
  path: clusterzPath,
  body: [{ id: 'west' }],
};
const stored: StoredSnapshot = {
  snapshot: {
    clusters: [
      { cluster: 'west', objects: [pod('istiod-1', 'istio-system', 'istiod'), pod('web', 'shop', 'web')] },
      { cluster: 'east', objects: [] },
    ],
    istiods: [],
  },
  takenAt: undefined,
  gaps: [],
  state: {
    servers: { west: { server: 'https://west.example:6443', kubernetes: 'v1.36.3' } },
    pages: [page],
    answers: [],
  },
};
const west = storedClient('west', stored);
const kind = { apiVersion: 'v1', kind: 'Pod' };
const istiod = { namespace: 'istio-system', name: 'istiod-1', port: 15014 };

test('objects are found by name, namespace and labels', async () => {
  expect(west.server).toBe('https://west.example:6443');
  expect(await west.get({ ...kind, namespace: 'shop', name: 'web' })).toMatchObject({ metadata: { name: 'web' } });
  expect(await west.get({ ...kind, namespace: 'shop', name: 'istiod-1' })).toBeUndefined();
  const names = async (options: object): Promise<readonly string[]> =>
    (await west.list(kind, options)).map(({ metadata }) => metadata.name);
  expect(await names({})).toEqual(['istiod-1', 'web']);
  expect(await names({ labelSelector: 'app=istiod' })).toEqual(['istiod-1']);
  expect(await names({ namespace: 'shop', fieldSelector: 'metadata.name=istiod-1' })).toEqual([]);
  expect(await west.list({ apiVersion: 'apps/v1', kind: 'Pod' })).toEqual([]);
});

test('an istiod answers what it answered then', async () => {
  const answer = await getThroughPod(west, { ...istiod, path: clusterzPath });
  expect(answer).toEqual({ status: 200, body: '[{"id":"west"}]' });
  expect(await getThroughPod(west, { ...istiod, path: '/debug/other' })).toMatchObject({ status: 404 });
});

test('of what it does not hold nothing is known, and nothing can be written', async () => {
  const unknown = { code: 'cluster-unreachable', cluster: 'west' };
  await expect(getThroughPod(west, { ...istiod, name: 'web', path: clusterzPath })).rejects.toMatchObject(unknown);
  await expect(west.forward(istiod, 15000)).rejects.toMatchObject(unknown);
  await expect(west.apply(pod('a', 'b', 'c'), { fieldManager: 'x' })).rejects.toMatchObject(unknown);
  expect(await west.raw({ method: 'GET', path: '/version' })).toEqual({ gitVersion: 'v1.36.3' });
  const version = storedClient('east', stored).raw({ method: 'GET', path: '/version' });
  await expect(version).rejects.toThrow('the snapshot does not hold anything of cluster east');
  expect(west.counts().writes).toBe(0);
});

test('what is recorded of peers is known, and nothing else', async () => {
  const peers = [{ peer: 'east', answers: 'No', detail: 'no answer within 8 s' }] as const;
  const answers = [{ cluster: 'west', namespace: 'istio-system', pod: 'istiod-1', peers }];
  const state = { servers: {}, pages: [], answers };
  const ask = recordedAnswers({ ...stored, state });
  const place = { client: west, namespace: 'istio-system' };
  const options = { clock: systemClock, signal: new AbortController().signal };
  expect(await ask(place, { pod: 'istiod-1', peers: ['east', 'north'] }, options)).toEqual([
    ...peers,
    { peer: 'north', answers: 'Unknown', detail: 'the snapshot does not say' },
  ]);
});
