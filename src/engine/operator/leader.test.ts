import { expect, test } from 'vitest';
import type { KubeObject } from '../../objects/object.ts';
import { ageOf, leaderOf, leaderRef } from './leader.ts';

const now = Date.parse('2026-11-29T12:00:00Z');

function lease({ renewTime, stamp }: { readonly renewTime: string; readonly stamp?: string }): KubeObject {
  const { namespace = '', name, ...kind } = leaderRef;
  const managedFields = stamp === undefined ? [] : [{ manager: 'isthmus', operation: 'Apply', time: stamp }];
  const spec = { holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime };
  return { ...kind, metadata: { name, namespace, managedFields }, spec };
}

test.each(['2026-11-29T11:00:00Z', '2026-11-29T13:00:00Z'])(
  'a leader whose clock is an hour off (%s) is judged by when the server saw it renew the Lease',
  (renewTime) => {
    const fresh = leaderOf(lease({ renewTime, stamp: '2026-11-29T11:59:57Z' }), now);
    expect(fresh).toEqual({ holder: 'pod-1', ageSeconds: 3, isExpired: false });
    const old = leaderOf(lease({ renewTime, stamp: '2026-11-29T11:59:00Z' }), now);
    expect(old).toEqual({ holder: 'pod-1', ageSeconds: 60, isExpired: true });
  },
);

test('where nothing is stamped the time of the leader counts', () => {
  expect(leaderOf(lease({ renewTime: '2026-11-29T11:59:50Z' }), now)).toMatchObject({ ageSeconds: 10 });
  expect(leaderOf(undefined, now)).toBeNull();
  expect(ageOf(undefined, now)).toBeNull();
});
