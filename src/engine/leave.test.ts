import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { clusterOf, meshOf, serviceOf, textOf } from '../mesh/testing/mesh-documents.ts';
import { nodePorts } from '../node-ports.ts';
import { openMesh } from './open-mesh.ts';

test('a cluster that a MeshService names does not leave, and no cluster is asked', async () => {
  const down = new IsthmusError('cluster-unreachable', 'refuses connections');
  let attempts = 0;
  const connect = async (): Promise<never> => {
    attempts += 1;
    throw down;
  };
  const documents = [meshOf(), clusterOf('green'), clusterOf('blue'), serviceOf({ split: { blue: 20, green: 80 } })];
  const text = textOf(documents);
  await using session = await openMesh({ text, name: 'mesh.yaml' }, { ...nodePorts({}), connect });
  for (const side of ['Whole', 'Lost'] as const) {
    await expect(session.leave('blue', { side })).rejects.toMatchObject({
      code: 'leave-refused',
      message: 'MeshService sample/reviews sends 20 % of its requests to blue; nothing was changed',
    });
  }
  expect(attempts).toBe(0);
});
