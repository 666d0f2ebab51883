import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { nodePorts } from '../node-ports.ts';
import { openMesh } from './open-mesh.ts';

const text = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31", values: {global: {network: other}}}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: east}
spec: {network: us}
`;

test('settings that contradict the documents keep from making something of the mesh, and not from looking at it or removing it', async () => {
  const down = new IsthmusError('cluster-unreachable', 'refuses connections');
  let attempts = 0;
  const connect = async (): Promise<never> => {
    attempts += 1;
    throw down;
  };
  await using session = await openMesh({ text, name: 'mesh.yaml' }, { ...nodePorts({}), connect });
  expect(session.findings).toMatchObject([{ code: 'istio-contradiction', severity: 'error' }]);
  const making = [
    session.plan(),
    session.apply(),
    session.render(),
    session.join('east'),
    session.leave('east'),
  ] as const;
  for (const made of making) {
    await expect(made).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('contradict'),
    });
  }
  expect(attempts).toBe(0);
  expect((await session.status({ drift: 'Leave' })).clusters).toMatchObject([
    { reachable: false },
    { reachable: false },
  ]);
  await expect(session.uninstall()).rejects.toMatchObject({ code: 'cluster-unreachable' });
  expect((await session.planUninstall()).clusters).toMatchObject([{ outcome: 'Failed' }, { outcome: 'Failed' }]);
});
