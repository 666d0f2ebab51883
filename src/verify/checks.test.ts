import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectedPath, type Member } from '../diagnose/facts/pair.ts';
import { pairsOf, shareGroups, targetsOf } from './checks.ts';

const meshes = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-z]{1,6}$/), network: fc.constantFrom('us', 'eu', 'ap') }),
  { minLength: 2, maxLength: 8, selector: ({ name }) => name },
);

describe('pairs', () => {
  test('are all ordered pairs of different clusters, each once', () => {
    fc.assert(
      fc.property(meshes, (members) => {
        const keys = pairsOf(members).map(({ from, to }) => `${from.name} ${to.name}`);
        expect(new Set(keys).size).toBe(members.length * (members.length - 1));
        expect(pairsOf(members).every(({ from, to }) => from.name !== to.name)).toBe(true);
      }),
    );
  });

  test('take the gateway exactly where networks differ', () => {
    const [west, east, apac] = [
      { name: 'west', network: 'us' },
      { name: 'east', network: 'eu' },
      { name: 'apac', network: 'eu' },
    ] as const;
    expect(expectedPath({ from: west, to: east })).toBe('Gateway');
    expect(expectedPath({ from: apac, to: east })).toBe('Direct');
  });
});

test('share groups part the mesh: own-network clusters apart, every other network together', () => {
  fc.assert(
    fc.property(meshes, (members) => {
      const from = members[0] as Member;
      const groups = shareGroups(from, members);
      expect(groups.flat().sort()).toEqual(members.map(({ name }) => name).sort());
      const networkOf = new Map<string, string>(members.map(({ name, network }) => [name, network]));
      for (const group of groups) {
        const networks = new Set<string | undefined>(group.map((name) => networkOf.get(name)));
        expect(networks.size).toBe(1);
        if (networks.has(from.network)) expect(group).toHaveLength(1);
      }
    }),
  );
});

test('a client calls every other cluster’s own service and the shared one', () => {
  const members = ['west', 'east', 'apac'].map((name) => ({ name, network: name }));
  expect(targetsOf({ name: 'east', network: 'east' }, members, 7)).toEqual([
    { service: 'only-west', port: 80, requests: 7, groups: [['west']] },
    { service: 'only-apac', port: 80, requests: 7, groups: [['apac']] },
    { service: 'all', port: 80, requests: 120, groups: [['west'], ['east'], ['apac']] },
  ]);
});
