import { expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { openMesh } from '../engine/open-mesh.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake } from '../kube/testing/fake.ts';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import type { KubeObject } from '../objects/object.ts';
import { canary, guardedKinds, guardedObject } from '../snapshot/testing/guarded-objects.ts';
import { topics } from './messages.ts';
import { ask, enter, eventsUntil } from './testing/client.ts';
import { dashboardOf, ports } from './testing/dashboards.ts';

const text = stream(meshText, clusterText('west'), clusterText('east'));
const system = 'istio-system';

/** The objects in which keys and tokens are kept, under the names by which they are read. */
const keeping: readonly KubeObject[] = [
  { namespace: system, name: 'cacerts' },
  { namespace: system, name: 'istio-ca-secret' },
  { namespace: 'isthmus-system', name: 'isthmus-issuer' },
  { namespace: system, name: 'istio-remote-secret-east', labels: { 'istio/multiCluster': 'true' } },
].map((metadata) => guardedObject({ apiVersion: 'v1', kind: 'Secret' }, metadata));

/** A cluster that has its own UID, by which clusters are distinguished. */
function clusterOf(name: string, objects: readonly KubeObject[]): KubeClient {
  const fake = createFake({ cluster: name, objects });
  const kubeSystem = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: name } };
  return {
    ...fake,
    get: async (ref, options) => (ref.name === 'kube-system' ? kubeSystem : await fake.get(ref, options)),
  };
}

test('no answer holds a key or a token, whatever the clusters hold', async () => {
  const objects = [
    ...guardedKinds.map((kind) => guardedObject(kind, { name: 'istio', namespace: system })),
    ...keeping,
  ];
  const connect = async ({ metadata: { name } }: MeshCluster) => clusterOf(name, objects);
  await using session = await openMesh({ text, name: 'mesh.yaml' }, { ...ports, connect });
  await using dashboard = await dashboardOf(session);
  const headers = await enter(dashboard);
  const isDone = (all: readonly { readonly data: { readonly topic: string } }[]): boolean =>
    topics.every((topic) => all.some(({ data }) => data.topic === topic));
  const events = await eventsUntil(dashboard, { topics: topics.join(','), headers }, isDone);
  const paths = [
    '/',
    '/api/about',
    '/api/trace?from=west/b/a&to=a.b:1',
    '/api/trace',
    '/api/facts',
    '/api/plan',
    '/api/moment?at=a',
  ];
  const answers = await Promise.all(paths.map((path) => ask(dashboard, path, { headers })));
  const all = JSON.stringify([events, answers]);
  expect(events.flatMap(({ data }) => (data.shown === undefined ? [] : data.topic)).toSorted()).toEqual(
    topics.toSorted(),
  );
  expect(all).not.toContain(canary);
  expect(all).not.toContain(Buffer.from(canary).toString('base64'));
  expect(all).not.toContain(new URL(dashboard.link).hash.slice(1));
});
