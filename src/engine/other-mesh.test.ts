import { expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { asIsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake } from '../kube/testing/fake.ts';
import { nodePorts } from '../node-ports.ts';
import type { MeshSession } from './mesh-session.ts';
import { openMesh } from './open-mesh.ts';

const text = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop2}
spec: {istio: {version: "1.31"}, home: west}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: east}
spec: {network: eu}
`;

const labels = { app: 'istiod', 'app.kubernetes.io/managed-by': 'isthmus', 'isthmus.dev/mesh': 'shop' };

function cluster(name: string) {
  const istiod = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace: 'istio-system', labels, uid: `istiod-${name}` },
    spec: { replicas: 1 },
  };
  const fake = createFake({ cluster: name, objects: [istiod] });
  const get: KubeClient['get'] = async (ref, options) => {
    const found = await fake.get(ref, options);
    // The UID of this namespace is the identity of a cluster.
    return ref.name !== 'kube-system' || found === undefined
      ? found
      : { ...found, metadata: { ...found.metadata, uid: name } };
  };
  return { ...fake, get };
}

const commands: readonly (readonly [string, (session: MeshSession) => Promise<unknown>])[] = [
  ['verify', (session) => session.verify()],
  ['trace', (session) => session.trace({ from: 'west/shop/client', to: { host: 'web', port: 80 } })],
  ['whatif', (session) => session.whatif({ down: ['cluster:east'] })],
  ['join', (session) => session.join('east', { until: 'Check' })],
  ['join to the end', (session) => session.join('east')],
  ['trust renew', (session) => session.renewTrust()],
  ['snapshot', (session) => session.snapshot('/nowhere/at-all')],
];

test.each(commands)('%s says that the objects are those of another mesh, and touches nothing', async (_, run) => {
  const clusters = new Map(['west', 'east'].map((name) => [name, cluster(name)]));
  const connect = async ({ metadata: { name } }: MeshCluster) => {
    const client = clusters.get(name);
    if (client === undefined) throw new Error(`no cluster ${name}`);
    return client;
  };
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect };
  const session = await openMesh({ text, name: 'mesh.yaml' }, ports);
  const error = await run(session).then(
    () => undefined,
    (thrown: unknown) => asIsthmusError(thrown),
  );
  expect(error).toMatchObject({ code: 'conflict' });
  expect(error?.message).toMatch(
    /(cluster|clusters) (west, east|east) holds? mesh shop; the file names shop2; nothing was changed/,
  );
  const remedy = JSON.stringify(error?.remedy);
  expect(remedy).toContain('"value":"shop"');
  expect(remedy).not.toMatch(/purge|anyIstio|"apply"/);
  expect([...clusters.values()].map((client) => client.counts().writes)).toEqual([0, 0]);
});
