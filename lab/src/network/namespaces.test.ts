import { describe, expect, test } from 'vitest';
import { cutRules, delayRules } from './faults.ts';
import { clusterCommands, clusterRules, inNamespace, type NetworkPlan, sites, wanCommands } from './namespaces.ts';

const plan: NetworkPlan = {
  lab: 'demo',
  labIndex: 2,
  clusters: [
    { name: 'west', network: 'us', index: 1 },
    { name: 'east', network: 'eu', index: 2 },
    { name: 'south', network: 'us', index: 3 },
  ],
};

function siteOf(name: string) {
  const site = sites(plan).find(({ cluster }) => cluster.name === name);
  if (site === undefined) throw new Error(name);
  return site;
}

describe('network of a lab', () => {
  test('gives a route to the pods of the same network and to no others', () => {
    const routes = (name: string): string[] => clusterCommands(siteOf(name)).filter((line) => line.startsWith('route'));
    expect(routes('west')).toEqual(['route add 198.18.67.0/24 via 198.19.2.3 dev wan0']);
    expect(routes('south')).toEqual(['route add 198.18.65.0/24 via 198.19.2.1 dev wan0']);
    expect(routes('east')).toEqual([]);
  });

  test('masks pods towards the WAN, but not towards pods of the same network', () => {
    expect(clusterRules(siteOf('west'))).toContain('ip daddr { 198.18.67.0/24 } return');
    expect(clusterRules(siteOf('east'))).not.toContain('return');
    expect(clusterRules(siteOf('east'))).toContain('oifname "wan0" ip saddr 198.18.66.0/24 masquerade');
  });

  test('names no link with more than the 15 characters that Linux allows', () => {
    const long = { ...plan, lab: 'abcdefghijkl' };
    const names = wanCommands(long).flatMap((line) =>
      [...line.matchAll(/(?:add|peer name|set) (\S+)/g)].map((m) => m[1]),
    );
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => (name ?? '').length > 15)).toEqual([]);
  });

  test('enters a network namespace without changing what is mounted', () => {
    expect(inNamespace('isthmus.demo', ['nft', '-f', '-'])).toEqual([
      'nsenter',
      '--net=/run/netns/isthmus.demo',
      '--',
      'nft',
      '-f',
      '-',
    ]);
  });
});

describe('faults between clusters', () => {
  const clusters = plan.clusters.map((cluster) => ({ ...cluster, parts: {} }));

  test('a cut drops both directions and lets ARP pass', () => {
    const drops = cutRules({ clusters, cuts: [['west', 'east']] })
      .split('\n')
      .filter((line) => line.includes('drop'));
    expect(drops.map((line) => line.trim())).toEqual([
      'ether type != arp iifname "c1" oifname "c2" drop',
      'ether type != arp iifname "c2" oifname "c1" drop',
    ]);
  });

  test('without a cut nothing is dropped', () => {
    expect(cutRules({ clusters, cuts: [] })).not.toContain('drop');
  });

  test('a delay queues every address of the other cluster, and only on the two ends', () => {
    const state = { index: 2, clusters, delays: [{ clusters: ['west', 'east'] as [string, string], ms: 50 }] };
    const west = delayRules(state, 'west');
    for (const address of ['198.19.2.2', '198.18.66.0/24', '198.19.2.39', '198.19.2.45']) {
      expect(west).toContain(`-d ${address} -j NFQUEUE --queue-num 2 --queue-bypass`);
    }
    expect(delayRules(state, 'east')).toContain('-d 198.19.2.1 -j NFQUEUE --queue-num 1');
    expect(delayRules(state, 'south')).not.toContain('NFQUEUE');
  });
});
