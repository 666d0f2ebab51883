import { expect, test } from 'vitest';
import { judgeCaller, type Predicted, together } from './judge.ts';
import type { Measured } from './timeline.ts';

const peace: Measured = { shares: { west: 50, east: 50 }, lost: 0, requests: 120 };

function judged(predicted: Predicted | undefined, during: Partial<Measured>, before = peace) {
  return judgeCaller(predicted, { before, during: { shares: {}, lost: 0, requests: 400, ...during } });
}

const moved: Predicted = { shares: { west: 100 }, lost: 0 };
const halved: Predicted = { shares: { west: 50 }, lost: 50 };

test('what goes where the model sends it is as predicted', () => {
  expect(judged(moved, { shares: { west: 100 } })).toEqual({
    verdict: 'AsPredicted',
    reason: 'west answered 100%, 0% were lost, as the model says',
  });
  expect(judged({ shares: { west: 50, east: 50 }, lost: 0 }, { shares: { west: 45, east: 55 } }).verdict).toBe(
    'AsPredicted',
  );
});

test('what stays where it was though it should have moved is different', () => {
  expect(judged(moved, { shares: { west: 50, east: 50 } }).verdict).toBe('Different');
});

test('fewer may be lost than at the first attempt, and not more', () => {
  expect(judged(halved, { shares: { west: 100 } }).verdict).toBe('AsPredicted');
  expect(judged(halved, { shares: { west: 50 }, lost: 50 }).verdict).toBe('AsPredicted');
  expect(judged(halved, { shares: { west: 20 }, lost: 80 })).toMatchObject({
    verdict: 'Different',
    reason: '80% of the requests were lost, and 50% at most by the model',
  });
  expect(judged(moved, { shares: { west: 90 }, lost: 10 }).verdict).toBe('Different');
});

test('where all is lost nobody answers', () => {
  const nobody = { shares: {}, lost: 100 };
  expect(judged(nobody, { lost: 100 }).verdict).toBe('AsPredicted');
  expect(judged(nobody, { shares: { west: 100 } }).verdict).toBe('Different');
});

test('without a prediction or without requests it is not known', () => {
  expect(judged(undefined, { shares: { west: 100 } }).verdict).toBe('Unknown');
  expect(judged(moved, { requests: 3, shares: { west: 100 } }).verdict).toBe('Unknown');
});

test('what was lost before tells nothing of the fault', () => {
  expect(judged(moved, { shares: { west: 100 } }, { ...peace, lost: 3 })).toEqual({
    verdict: 'Unknown',
    reason: '3% of the requests were lost before anything was broken',
  });
});

test('what differs for one caller differs', () => {
  expect(together(['AsPredicted', 'Different', 'Unknown'])).toBe('Different');
  expect(together(['AsPredicted', 'Unknown'])).toBe('Unknown');
  expect(together(['AsPredicted', 'AsPredicted'])).toBe('AsPredicted');
  expect(together([])).toBe('Unknown');
});
