import { expect, test } from 'vitest';
import { resultText } from './report.ts';

test('a loop over all pairs counts as it is', () => {
  const [, , ours, loop] = resultText({ ours: 4, loop: 300, pairs: 380, all: 380 }).split('\n');
  expect(ours).toMatch(/^isthmus +4\.00 +1\.0$/);
  expect(loop).toMatch(/^loop +300\.00 +75\.0$/);
});

test('a loop over some of them is scaled, and said to be', () => {
  expect(resultText({ ours: 4, loop: 19, pairs: 19, all: 380 })).toMatch(
    /380\.00 +95\.0 +scaled from 19 pairs in 19\.00 s/,
  );
});
