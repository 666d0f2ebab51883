import { describe, expect, test } from 'vitest';
import { type Host, type LocalityGroup, parseLocality, sumOfWeights } from '../values/locality-group.ts';
import { effectiveView, priorityLoads } from './envoy.ts';

function host(address: string, over: Partial<Host> = {}): Host {
  return {
    address,
    weight: 1,
    health: 'HEALTHY',
    via: 'pod',
    network: '',
    cluster: 'c1',
    tlsMode: '',
    labels: {},
    ...over,
  };
}

function group(locality: string, hosts: readonly Host[], over: Partial<LocalityGroup> = {}): LocalityGroup {
  return { locality: parseLocality(locality), priority: 0, hosts, weight: sumOfWeights(hosts), ...over };
}

function shares(groups: readonly LocalityGroup[], isWeighted = false): Readonly<Record<string, number>> {
  return Object.fromEntries(
    effectiveView(groups, isWeighted).hosts.map((shared) => [shared.host.address, shared.share]),
  );
}

describe('priorities', () => {
  test('a priority stays full until less than 1 of 1.4 of its hosts are healthy', () => {
    expect(priorityLoads([100, 100])).toEqual([100, 0]);
    expect(priorityLoads([70, 100])).toEqual([70, 30]);
    expect(priorityLoads([0, 70, 35])).toEqual([0, 70, 30]);
  });

  test('where there is too little health in all, loads are scaled and the rest goes to the first', () => {
    expect(priorityLoads([20, 20, 20])).toEqual([34, 33, 33]);
    expect(priorityLoads([0, 0])).toEqual([0, 0]);
  });

  test('half of the hosts of the first priority healthy leaves 70 percent there', () => {
    const groups = [
      group('a', [host('a'), host('b', { health: 'UNHEALTHY' })]),
      group('b', [host('c')], { priority: 1 }),
    ];
    expect(shares(groups)).toEqual({ a: 70, b: 0, c: 30 });
  });

  test('an empty priority is passed over', () => {
    expect(shares([group('a', []), group('b', [host('b')], { priority: 1 })])).toEqual({ b: 100 });
  });

  test('nobody healthy: nobody gets a request', () => {
    expect(shares([group('a', [host('a', { health: 'UNHEALTHY' }), host('b', { health: 'DRAINING' })])])).toEqual({
      a: 0,
      b: 0,
    });
  });
});

describe('shares', () => {
  test('hosts of all localities share by their own weight', () => {
    expect(shares([group('a', [host('a', { weight: 3 })]), group('b', [host('b')])])).toEqual({ a: 75, b: 25 });
  });

  test('with weighted localities the locality’s weight comes first, less what is not healthy there', () => {
    const groups = [
      group('a', [host('a'), host('b', { health: 'UNHEALTHY' })], { weight: 50 }),
      group('b', [host('c', { weight: 9 }), host('d', { weight: 1 })], { weight: 50 }),
    ];
    const found = shares(groups, true);
    expect(found.a).toBeCloseTo((100 * 35) / 85);
    expect(found.c).toBeCloseTo((90 * 50) / 85);
  });

  test('a locality without a weight gets nothing where weights count', () => {
    expect(shares([group('a', [host('a')], { weight: null }), group('b', [host('b')])], true)).toEqual({
      a: 0,
      b: 100,
    });
  });

  test('T5: of one address the first counts, whatever its priority', () => {
    const groups = [
      group('a', [host('gw', { weight: 1 })], { priority: 1 }),
      group('b', [host('gw', { weight: 9 }), host('pod')], { priority: 0 }),
    ];
    const view = effectiveView(groups, false);
    expect(view.hosts.map(({ host: kept, share }) => [kept.address, kept.weight, share])).toEqual([
      ['pod', 1, 100],
      ['gw', 1, 0],
    ]);
    expect(view.duplicates).toMatchObject([{ locality: { region: 'b' }, kept: { region: 'a' } }]);
  });

  test('T24: an address without an IP makes Envoy refuse the rest with it', () => {
    const view = effectiveView([group('a', [host('10.0.0.1:80')]), group('b', [host(':80')])], false);
    expect(view).toMatchObject({ hosts: [], refused: { address: ':80' } });
    expect(effectiveView([group('a', [host('[fd00::1]:80'), host('pipe:/run/x')])], false).hosts).toHaveLength(2);
  });

  test('two groups of one locality and priority are one, with the later weight', () => {
    const groups = [
      group('r/z', [host('a')], { weight: 10 }),
      group('r/z/', [host('b')], { weight: 30 }),
      group('q', [host('c')], { weight: 30 }),
    ];
    expect(shares(groups, true)).toEqual({ a: 25, b: 25, c: 50 });
  });
});
