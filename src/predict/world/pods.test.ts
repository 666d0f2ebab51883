import { expect, test } from 'vitest';
import { workloadOf } from './pods.ts';

test('the workload of a pod is its ReplicaSet without the hash, whatever stands in the label', () => {
  const made = (kind: string, hash: string) =>
    workloadOf({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'a',
        labels: { 'pod-template-hash': hash },
        ownerReferences: [{ kind, name: `reviews-v1-${'a'.repeat(40)}` }],
      },
    });
  expect(made('ReplicaSet', 'a'.repeat(40))).toBe('reviews-v1');
  expect(made('StatefulSet', 'a'.repeat(40))).toBe(`reviews-v1-${'a'.repeat(40)}`);
  expect(made('ReplicaSet', '(a+)+b')).toBe(`reviews-v1-${'a'.repeat(40)}`);
});
