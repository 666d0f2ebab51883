import { describe, expect, test } from 'vitest';
import type { ObjectRef } from '../objects/object.ts';
import { guardDeletions } from './guard.ts';

/** So many objects of a kind. */
function some(count: number, kind = 'Service', apiVersion = 'v1'): readonly ObjectRef[] {
  return Array.from({ length: count }, (_, index) => ({ apiVersion, kind, name: `${kind}-${index}` }));
}

describe('guardDeletions', () => {
  test.each([
    { deletions: 5, inventory: 20, limit: 5, verdict: 'Allowed' },
    { deletions: 6, inventory: 20, limit: 5, verdict: 'OverLimit' },
    { deletions: 6, inventory: 55, limit: 6, verdict: 'Allowed' },
    { deletions: 7, inventory: 55, limit: 6, verdict: 'OverLimit' },
  ])('$deletions of $inventory: limit $limit, $verdict', ({ deletions, inventory, limit, verdict }) => {
    const found = guardDeletions({ deletions: some(deletions), inventory: some(inventory), remaining: 1 });
    expect(found).toEqual({ deletions, inventory, limit, halved: [], verdict });
  });

  test('the control plane of a revision that another one has followed does not count', () => {
    const followed = some(13, 'Role');
    const inventory = [...some(42), ...followed];
    const found = guardDeletions({ deletions: [...some(6), ...followed], inventory, followed, remaining: 40 });
    expect(found).toMatchObject({ limit: 19, halved: [], verdict: 'Allowed' });
  });

  test('a limit of the user counts instead, even 0', () => {
    const verdict = (deletions: number, maxDelete: number): string =>
      guardDeletions({ deletions: some(deletions), inventory: some(9), remaining: 2, maxDelete }).verdict;
    expect(verdict(7, 7)).toBe('Allowed');
    expect(verdict(1, 0)).toBe('OverLimit');
  });

  test('no limit allows everything', () => {
    const all = { inventory: some(3), remaining: 0 };
    expect(guardDeletions({ ...all, deletions: some(3), maxDelete: 100 }).verdict).toBe('Everything');
    expect(guardDeletions({ ...all, deletions: [] }).verdict).toBe('Allowed');
  });
});

describe('a kind of which half would go', () => {
  const rest = some(60);
  const verdict = (gone: number, there: number, maxDelete?: number) => {
    const rules = some(there, 'DestinationRule', 'networking.istio.io/v1');
    const deletions = rules.slice(0, gone);
    return guardDeletions({ deletions, inventory: [...rest, ...rules], remaining: 60, maxDelete });
  };

  test.each([
    ['all of several', 4, 4, 'KindHalved'],
    ['half of several', 3, 6, 'KindHalved'],
    ['less than half', 3, 7, 'Allowed'],
    ['all of two, as with a setting', 2, 2, 'Allowed'],
  ])('%s: %i of %i', (_, gone, there, expected) => {
    expect(verdict(gone, there).verdict).toBe(expected);
  });

  test('is named, and allowed by a limit that somebody gave', () => {
    expect(verdict(4, 5)).toMatchObject({ halved: [{ kind: 'DestinationRule', deletions: 4, inventory: 5 }] });
    expect(verdict(4, 5, 4)).toMatchObject({ verdict: 'Allowed' });
    expect(verdict(4, 5, 3)).toMatchObject({ verdict: 'OverLimit' });
  });

  test('is not another kind of the same name', () => {
    const gateways = some(3, 'Gateway', 'gateway.networking.k8s.io/v1');
    const inventory = [...some(9, 'Gateway', 'networking.istio.io/v1'), ...gateways];
    expect(guardDeletions({ deletions: gateways, inventory, remaining: 9 })).toMatchObject({
      verdict: 'KindHalved',
      halved: [{ deletions: 3, inventory: 3 }],
    });
  });
});
