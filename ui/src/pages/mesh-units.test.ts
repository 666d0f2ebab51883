import { expect, test } from 'vitest';
import type { PairLadder } from '../../../src/report/doctor.ts';
import { linksBetween, linksKey, linksText, openWords, unfoldedIn, unitsOf } from './mesh-units.ts';

const members = (networks: number, clusters: number) =>
  Array.from({ length: networks * clusters }, (_, index) => ({
    cluster: `c${index}`,
    network: `n${index % networks}`,
  }));

const pairs = (names: readonly string[], failing: readonly string[]): readonly PairLadder[] =>
  names.flatMap((from) =>
    names.flatMap((to): readonly PairLadder[] => {
      if (from === to) return [];
      const isBad = failing.includes(`${from}/${to}`);
      const rung = { rung: 'Tls', state: isBad ? 'Failed' : 'Passed' } as const;
      return [{ from, to, rungs: [rung], ...(isBad ? { firstFailed: 'Tls' as const } : {}) }];
    }),
  );

test('a large mesh begins folded, a small one does not, and an address decides for both', () => {
  expect(unfoldedIn(undefined, members(10, 5))).toEqual([]);
  expect(unfoldedIn(undefined, members(2, 2))).toEqual(['n0', 'n1']);
  expect(unfoldedIn(openWords([]).open, members(2, 2))).toEqual([]);
  expect(unfoldedIn(openWords(['n3', 'gone']).open, members(10, 5))).toEqual(['n3']);
});

test('every cluster is in one unit, and a network of one cluster is that cluster', () => {
  const all = [...members(3, 4), { cluster: 'alone', network: 'far' }];
  const units = unitsOf(all, ['n1']);
  expect(units.flatMap(({ clusters }) => clusters).toSorted()).toEqual(all.map(({ cluster }) => cluster).toSorted());
  expect(units.map(({ id }) => id)).toEqual(['network n0', 'c1', 'network n2', 'c4', 'c7', 'c10', 'alone']);
  expect(units.filter(({ isFolded }) => isFolded).length).toBe(2);
});

test('the links between two folded networks are counted, and the gravest one decides', () => {
  const all = members(2, 3);
  const names = all.map(({ cluster }) => cluster);
  const between = linksBetween(unitsOf(all, []), pairs(names, ['c0/c1', 'c0/c3']));
  const there = between.get(linksKey('network n0', 'network n1'));
  const back = between.get(linksKey('network n1', 'network n0'));
  const inside = between.get(linksKey('network n0', 'network n0'));
  expect([there, back, inside].map((links) => [links?.pairs.length, links?.verdict])).toEqual([
    [9, 'No'],
    [9, 'Yes'],
    [6, 'Yes'],
  ]);
  expect([there, back].map((links) => links && linksText(links))).toEqual(['2 of 9 fail', '9 pass']);
  expect([...between.values()].reduce((sum, links) => sum + links.pairs.length, 0)).toBe(30);
});
