import { expect, test } from 'vitest';
import { apiVersion } from '../api/mesh.ts';
import { meshShiftKind, type ShiftPhase, type StoredShift } from '../api/mesh-shift.ts';
import { createFake } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { KubeObject } from '../objects/object.ts';
import { refuseSecond } from './intent.ts';

type Moved = Pick<StoredShift['spec'], 'service' | 'services'>;

const reviews: Moved = { service: { name: 'reviews', namespace: 'shop' } as Moved['service'] };
const ratings: Moved = { service: { name: 'ratings', namespace: 'shop' } as Moved['service'] };
const group: Moved = {
  service: { name: '*', namespace: 'shop' } as Moved['service'],
  services: ['details', 'reviews'],
};

function stored(name: string, moved: Moved, phase: ShiftPhase): KubeObject {
  const spec = {
    ...{ mesh: 'shop', to: 'east', from: { west: 100 }, steps: [100], everySeconds: 1, abortOn: [] },
    ...{ expiresAt: '2100-01-01T00:00:00Z', clusters: ['west'], ...moved },
  };
  const status = { phase, step: 1, verdicts: [] };
  return { apiVersion, kind: meshShiftKind, metadata: { name, namespace: 'isthmus-system' }, spec, status };
}

async function second(moved: Moved, ...before: readonly KubeObject[]): Promise<StoredShift | undefined> {
  const home = createFake({ objects: before, clockLagMs: 0 });
  const { signal } = new AbortController();
  return await refuseSecond({ home, mesh: 'shop', clock: handClock(), signal }, moved);
}

const refused = (name: string) =>
  expect.objectContaining({ code: 'shift-refused', message: `a shift of ${name} is under way; nothing was changed` });

test('a service is shifted by one shift at a time, alone or with others', async () => {
  await expect(second(reviews, stored('reviews.shop', reviews, 'Running'))).rejects.toThrow(refused('reviews.shop'));
  await expect(second(reviews, stored('shop', group, 'Passed'))).rejects.toThrow(refused('shop'));
  await expect(second(group, stored('reviews.shop', reviews, 'GoingBack'))).rejects.toThrow(refused('reviews.shop'));
  await expect(second(group, stored('shop', group, 'Paused'))).rejects.toThrow(refused('shop'));
});

test("others and those that have ended are in nobody's way", async () => {
  await expect(second(group, stored('ratings.shop', ratings, 'Running'))).resolves.toBeUndefined();
  await expect(second(ratings, stored('shop', group, 'Running'))).resolves.toBeUndefined();
  await expect(second(reviews, stored('shop', group, 'Promoted'))).resolves.toBeUndefined();
  const ended = await second(group, stored('shop', group, 'WentBack'));
  expect(ended?.metadata.name).toBe('shop');
});
