import { expect, test } from 'vitest';
import { lossesOfOurs } from './support/operator/losses.ts';
import type { Loss } from './support/operator/steady.ts';

const none = '503 no healthy upstream';
const ended = '503 upstream connect error. retried and the latest reset reason: remote connection failure';
const nobody = { sent: 1_000, losses: [] };
const local: readonly Loss[] = [10_000, 20_000].map((at) => ({ at, pair: 'west west', why: none }));

const ofOurs = (loss: Partial<Loss>, notReady: readonly string[] = ['west']) =>
  lossesOfOurs(
    { sent: 1_000, notReady, losses: [...local, { at: 15_000, pair: 'east west', why: ended, ...loss }] },
    nobody,
  ).map(({ pair }) => pair);

test("a lost request is the operator's where neither the same fault without it nor a node that is not ready explains it", () => {
  expect(ofOurs({ why: none })).toEqual([]);
  expect(ofOurs({ why: none, pair: 'west east' })).toEqual(['west east']);
  expect(ofOurs({ why: '504' })).toEqual(['east west']);
  expect(ofOurs({ why: none }, [])).toEqual(['west west', 'west west', 'east west']);
  const theirs = { sent: 1_000, losses: [{ at: 1, pair: 'east west', why: 'other' } as const] };
  expect(
    lossesOfOurs({ sent: 1_000, notReady: [], losses: [{ at: 2, pair: 'east west', why: none }] }, theirs),
  ).toEqual([]);
});

test('a gateway that ends connections has no endpoints as long as the callers of its own cluster have none', () => {
  expect(ofOurs({})).toEqual([]);
  expect(ofOurs({ at: 8_000 })).toEqual(['east west']);
  expect(ofOurs({ at: 22_000 })).toEqual(['east west']);
  expect(ofOurs({ pair: 'west east' })).toEqual(['west east']);
});
