import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test.each([
  ['wset', ['east', 'west'], 'west'],
  ['West', ['east', 'west'], 'west'],
  ['prod', ['gke_acme_prod', 'gke_acme_stage'], 'gke_acme_prod'],
  ['prod', ['gke_a_prod', 'gke_b_prod'], undefined],
  ['moon', ['east', 'west'], undefined],
  ['x', [], undefined],
])('%s among %j is %s', (wanted, candidates, guess) => {
  expect(nearest(wanted, candidates)).toBe(guess);
});
