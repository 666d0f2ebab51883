import { expect, test } from 'vitest';
import { card, layoutOf, type Member } from './mesh-layout.ts';

const members = (count: number): readonly Member[] =>
  Array.from({ length: count }, (_, index) => ({ cluster: `c${index}`, network: `n${index % 3}` }));

test('each network is a place of its own, with its clusters in their order', () => {
  const { networks, clusters } = layoutOf([
    { cluster: 'west', network: 'us' },
    { cluster: 'east', network: 'eu' },
    { cluster: 'north', network: 'us' },
  ]);
  expect(networks.map(({ network }) => network)).toEqual(['us', 'eu']);
  const [west, north, east] = ['west', 'north', 'east'].map((name) => clusters.find(({ cluster }) => cluster === name));
  expect(west?.x).toBe(north?.x);
  expect(west?.y).toBeLessThan(north?.y ?? 0);
  expect(east?.x).toBeGreaterThan((networks[0]?.x ?? 0) + (networks[0]?.width ?? 0));
});

test.each([1, 2, 7, 50])('no two of %i clusters overlap, and each is inside its network', (count) => {
  const all = members(count);
  const { networks, clusters } = layoutOf(all);
  expect(clusters.length).toBe(count);
  const overlapping = clusters.filter((one, index) =>
    clusters
      .slice(index + 1)
      .some((other) => Math.abs(one.x - other.x) < card.width && Math.abs(one.y - other.y) < card.height),
  );
  expect(overlapping).toEqual([]);
  for (const { cluster, x, y } of clusters) {
    const network = all.find((one) => one.cluster === cluster)?.network;
    const column = networks.find((one) => one.network === network);
    expect(x).toBeGreaterThanOrEqual(column?.x ?? Number.NaN);
    expect(x + card.width).toBeLessThanOrEqual((column?.x ?? 0) + (column?.width ?? 0));
    expect(y + card.height).toBeLessThanOrEqual(column?.height ?? 0);
  }
});

test('a cluster that comes moves no other one of its network', () => {
  const before = layoutOf(members(6).filter(({ network }) => network === 'n0'));
  const after = layoutOf([...members(6), { cluster: 'new', network: 'n0' }].filter(({ network }) => network === 'n0'));
  expect(after.clusters.slice(0, before.clusters.length)).toEqual(before.clusters);
});
