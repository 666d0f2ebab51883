import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type MeshShiftStatus, type StoredShift, storedShift } from '../api/mesh-shift.ts';
import type { JsonObject } from '../base/json.ts';
import { checkDocuments } from './check/check-documents.ts';
import type { DeclaredMesh } from './declared.ts';
import { steeredServices, withShifts } from './shifted.ts';
import { splitAt } from './split-at.ts';
import { clusterOf, meshOf, serviceOf } from './testing/mesh-documents.ts';

const expiresAt = '2030-01-01T02:00:00Z';
const before = Date.parse('2030-01-01T01:00:00Z');

function declaring(...services: readonly JsonObject[]): DeclaredMesh {
  const { declared } = checkDocuments([meshOf(), clusterOf('west'), clusterOf('east'), ...services]);
  if (declared === undefined) throw new Error('the documents are not right');
  return declared;
}

function shift(status: Partial<MeshShiftStatus> | undefined, spec: object = {}): StoredShift {
  return storedShift.parse({
    metadata: { name: 'reviews.sample' },
    spec: {
      mesh: 'shop',
      service: { name: 'reviews', namespace: 'sample' },
      to: 'east',
      from: { west: 100 },
      steps: [5, 25, 100],
      everySeconds: 30,
      abortOn: [],
      expiresAt,
      clusters: ['west', 'east'],
      ...spec,
    },
    ...(status === undefined ? {} : { status: { phase: 'Running', step: 0, verdicts: [], ...status } }),
  });
}

/** What is wanted of the service reviews. */
function splitOf(declared: DeclaredMesh, ...shifts: readonly StoredShift[]): unknown {
  const services = steeredServices(withShifts(declared, shifts, before));
  return services.find(({ metadata }) => metadata.name === 'reviews')?.spec.split;
}

test('the weights of a step divide the whole, whatever divides the rest', () => {
  const parts = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(parts, parts, fc.integer({ min: 1, max: 100 }), (one, other, share) => {
      const west = Math.min(one, other);
      const from = { west, north: Math.max(one, other) - west, south: 100 - Math.max(one, other) } as never;
      const split = splitAt({ to: 'east' as never, from, steps: [share] }, 1);
      expect(Object.values(split).reduce((sum, weight) => sum + weight, 0)).toBe(100);
      expect(split.east).toBe(share);
      expect(Object.values(split).every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
    }),
  );
});

test('a shift that lives decides about its service, whether a document declares it or not', () => {
  const step2 = shift({ step: 2 });
  expect(splitOf(declaring(), step2)).toEqual({ west: 75, east: 25 });
  expect(splitOf(declaring(serviceOf({ split: { west: 100 } })), step2)).toEqual({ west: 75, east: 25 });
  expect(steeredServices(withShifts(declaring(serviceOf({ split: { west: 100 } })), [step2], before))).toHaveLength(1);
});

test('several services of a namespace get the weights of a step together', () => {
  const service = { name: '*', namespace: 'sample' };
  const steered = steeredServices(
    withShifts(declaring(), [shift({ step: 1 }, { service, services: ['details', 'reviews'] })], before),
  );
  expect(steered.map(({ metadata, spec }) => [metadata.name, metadata.namespace, spec.split])).toEqual([
    ['details', 'sample', { west: 95, east: 5 }],
    ['reviews', 'sample', { west: 95, east: 5 }],
  ]);
});

test('the documents alone count before its first step, when it has ended, and past its expiry', () => {
  const declared = declaring(serviceOf({ split: { west: 90, east: 10 } }));
  const own = { west: 90, east: 10 };
  expect(splitOf(declared, shift(undefined))).toEqual(own);
  expect(splitOf(declared, shift({ step: 0 }))).toEqual(own);
  for (const phase of ['GoingBack', 'Promoted', 'WentBack', 'Aborted'] as const) {
    expect(splitOf(declared, shift({ step: 2, phase }))).toEqual(own);
  }
  for (const phase of ['Running', 'Paused', 'Passed'] as const) {
    expect(splitOf(declared, shift({ step: 2, phase }))).toEqual({ west: 75, east: 25 });
  }
  expect(splitOf(declared, shift({ step: 2 }, { expiresAt: '2030-01-01T01:00:00Z' }))).toEqual(own);
});

test('the shift of another mesh changes nothing', () => {
  const declared = declaring();
  expect(withShifts(declared, [shift({ step: 2 }, { mesh: 'other' })], before)).toBe(declared);
});
