import { expect, test } from 'vitest';
import { isUnauthorized } from '../base/refused-credential.ts';
import { lastSyncFailure } from './sync-log.ts';

// As istiod 1.31.0 logs it where the token of a remote secret is none.
const log = `2026-11-29T06:00:23.637272Z	info	Update cluster	cluster=east config=istio-system/istio-remote-secret-east
2026-11-29T06:00:23.643351Z	error	watch error in cluster east: failed to list *v1.Namespace: Get "https://192.0.2.1:6443/api/v1/namespaces": dial tcp 192.0.2.1:6443: connect: connection refused
2026-11-29T06:00:24.000000Z	error	watch error in cluster east2: failed to list *v1.Pod: forbidden
2026-11-29T06:00:25.029146Z	error	watch error in cluster east: failed to list *v1.Namespace: Unauthorized
2026-11-29T06:00:28.081964Z	info	waiting for sync...	name=cluster[east] synced attempt=50 time=4.442806547s
`;

test('the last failure of a cluster is taken, and of that cluster alone', () => {
  expect(lastSyncFailure(log, 'east')).toBe('failed to list *v1.Namespace: Unauthorized');
  expect(lastSyncFailure(log, 'east2')).toBe('failed to list *v1.Pod: forbidden');
  expect(lastSyncFailure(log, 'south')).toBeUndefined();
});

test('a refused credential is distinguished from everything else', () => {
  expect(isUnauthorized('failed to list *v1.Namespace: Unauthorized')).toBe(true);
  expect(isUnauthorized('failed to list *v1.Namespace: namespaces is forbidden')).toBe(false);
});
