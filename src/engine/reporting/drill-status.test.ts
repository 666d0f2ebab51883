import { expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import type { DrillState } from '../../drill/state.ts';
import { drillStatusReport } from './drill-status.ts';

const state: DrillState = {
  ...{ mesh: 'shop', phase: 'Broken', fault: 'istiod:east', refs: [], holder: 'ann' },
  ...{ brokenAt: 1_000, endsAt: 61_000, undoneAt: 400_000 },
};
const refused = new IsthmusError('access-denied', 'configmaps is forbidden');
const of = (...read: readonly (DrillState | IsthmusError | undefined)[]) =>
  drillStatusReport({
    mesh: 'shop',
    readAt: 0,
    clusters: read.map((one, index) => ({ cluster: `c${index}`, read: one })),
  });

test('a running drill is no fault; one whose process is gone is, and what could not be read is not known', () => {
  expect(of(undefined, state)).toMatchObject({ verdict: 'Yes', ok: true, drills: [{ cluster: 'c1' }] });
  expect(of(refused, undefined)).toMatchObject({
    verdict: 'Unknown',
    ok: false,
    drills: [],
    unread: [{ cluster: 'c0' }],
  });
  expect(of(refused, { ...state, phase: 'Repairing' })).toMatchObject({ verdict: 'No', ok: false });
});

test('what is not known is null, and the drill of another mesh is left out', () => {
  const gone = { ...state, fault: undefined, holder: undefined, brokenAt: undefined, endsAt: undefined };
  const [drill] = of(gone).drills;
  expect(drill).toMatchObject({ fault: null, holder: null, brokenAt: null, endsAt: null });
  expect(drill?.undoneAt).toBe('1970-01-01T00:06:40.000Z');
  expect(of({ ...state, mesh: 'other' }).drills).toEqual([]);
});
