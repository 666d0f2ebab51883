import { describe, expect, test } from 'vitest';
import { guardDeletions } from './guard.ts';

describe('guardDeletions', () => {
  test.each([
    { deletions: 5, inventory: 20, limit: 5, verdict: 'Allowed' },
    { deletions: 6, inventory: 20, limit: 5, verdict: 'OverLimit' },
    { deletions: 6, inventory: 55, limit: 6, verdict: 'Allowed' },
    { deletions: 7, inventory: 55, limit: 6, verdict: 'OverLimit' },
  ])('$deletions of $inventory: limit $limit, $verdict', ({ deletions, inventory, limit, verdict }) => {
    expect(guardDeletions({ deletions, inventory, remaining: 1 })).toEqual({ deletions, inventory, limit, verdict });
  });

  test('the control plane of a revision that another one has followed does not count', () => {
    expect(guardDeletions({ deletions: 19, inventory: 55, followed: 13, remaining: 40 })).toMatchObject({ limit: 19 });
  });

  test('a limit of the user counts instead, even 0', () => {
    expect(guardDeletions({ deletions: 7, inventory: 9, remaining: 2, maxDelete: 7 }).verdict).toBe('Allowed');
    expect(guardDeletions({ deletions: 1, inventory: 9, remaining: 8, maxDelete: 0 }).verdict).toBe('OverLimit');
  });

  test('no limit allows everything', () => {
    expect(guardDeletions({ deletions: 3, inventory: 3, remaining: 0, maxDelete: 100 }).verdict).toBe('Everything');
    expect(guardDeletions({ deletions: 0, inventory: 3, remaining: 0 }).verdict).toBe('Allowed');
  });
});
