import { expect, test } from 'vitest';
import { judgeAll, type ServiceJudgement } from './judge-all.ts';
import type { Verdict } from './judgement.ts';

function service(name: string, verdict: Verdict, requests = 100): ServiceJudgement {
  return { name, judgement: { verdict, reason: `${verdict} of ${name}` }, requests };
}

test('one service is judged as it is', () => {
  expect(judgeAll([service('reviews', 'Hold', 0)])).toEqual({ verdict: 'Hold', reason: 'Hold of reviews' });
});

test('one that goes back takes all back, and is named', () => {
  const all = [service('details', 'Advance'), service('ratings', 'Hold'), service('reviews', 'Back')];
  expect(judgeAll(all)).toEqual({ verdict: 'Back', reason: 'reviews: Back of reviews' });
});

test('one that holds holds all', () => {
  const all = [service('details', 'Advance'), service('ratings', 'Hold', 5)];
  expect(judgeAll(all)).toEqual({ verdict: 'Hold', reason: 'ratings: Hold of ratings' });
});

test('one that nobody called holds nobody, unless nobody called any', () => {
  const idle = service('ratings', 'Hold', 0);
  expect(judgeAll([service('details', 'Advance'), idle])).toEqual({
    verdict: 'Advance',
    reason: 'details: Advance of details; ratings: no request',
  });
  expect(judgeAll([idle, service('details', 'Hold', 0)]).verdict).toBe('Hold');
  // Without a healthy endpoint it goes back all the same.
  expect(judgeAll([service('details', 'Advance'), service('ratings', 'Back', 0)]).verdict).toBe('Back');
});
