import { expect, test } from 'vitest';
import { retainedRef } from '../../keep/retained.ts';
import { removeInOrder } from './removal-order.ts';

test('what an operator knew of the mesh is there until its tokens are put back, and its pods are not', async () => {
  const done: string[] = [];
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: 'isthmus-operator' };
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'isthmus-operator' };
  const found = await removeInOrder([lease, deployment, retainedRef], {
    remove: async ({ kind }) => void done.push(kind),
    between: async () => {
      done.push('tokens');
      return 'left';
    },
  });
  expect(found).toBe('left');
  expect(done).toEqual(['Deployment', 'tokens', 'Lease', 'ConfigMap']);
});
