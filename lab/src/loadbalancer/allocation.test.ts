import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate } from './allocation.ts';
import { type BalancedService, serviceKey } from './service.ts';

const pool = ['198.19.0.32', '198.19.0.33', '198.19.0.34'];

function service(name: string, changes: Partial<BalancedService> = {}): BalancedService {
  return {
    namespace: 'n',
    name,
    wanted: true,
    form: 'Address',
    clusterIp: '10.96.0.9',
    requested: undefined,
    ingress: [],
    ...changes,
  };
}

describe('allocate', () => {
  test('gives the first free addresses', () => {
    const { allocation } = allocate(pool, [service('a'), service('b')], new Map());
    expect([...allocation]).toEqual([
      ['n/a', '198.19.0.32'],
      ['n/b', '198.19.0.33'],
    ]);
  });

  test('a new Service does not move an older one, whatever their order', () => {
    const { allocation } = allocate(pool, [service('a'), service('b')], new Map([['n/b', '198.19.0.32']]));
    expect(allocation.get('n/b')).toBe('198.19.0.32');
    expect(allocation.get('n/a')).toBe('198.19.0.33');
  });

  test('after a restart the status says what a Service holds', () => {
    const services = [service('a'), service('b', { ingress: [{ ip: '198.19.0.32' }] })];
    expect(allocate(pool, services, new Map()).allocation.get('n/b')).toBe('198.19.0.32');
  });

  test('an address that is asked for is granted where it is free and of this pool', () => {
    const granted = allocate(pool, [service('a', { requested: '198.19.0.34' })], new Map());
    const foreign = allocate(pool, [service('a', { requested: '198.19.0.99' })], new Map());
    expect(granted.allocation.get('n/a')).toBe('198.19.0.34');
    expect(foreign.allocation.get('n/a')).toBe('198.19.0.32');
  });

  test('a Service that no longer wants one frees its address', () => {
    const held = new Map([['n/a', '198.19.0.32']]);
    const { allocation } = allocate(pool, [service('a', { wanted: false }), service('b')], held);
    expect([...allocation]).toEqual([['n/b', '198.19.0.32']]);
  });

  test('those for whom none is left are named', () => {
    const services = ['a', 'b', 'c', 'd'].map((name) => service(name));
    expect(allocate(pool, services, new Map()).unserved).toEqual(['n/d']);
  });

  test('every address goes to one Service, and what is held stays', () => {
    const some = fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        wanted: fc.boolean(),
        requested: fc.constantFrom(undefined, ...pool, '192.0.2.1'),
      }),
    );
    const unique = (all: readonly { readonly name: string }[]): boolean =>
      new Set(all.map((entry) => entry.name)).size === all.length;
    fc.assert(
      fc.property(some.filter(unique), some.filter(unique), (before, after) => {
        const first = allocate(
          pool,
          before.map((entry) => service(entry.name, entry)),
          new Map(),
        ).allocation;
        const services = after.map((entry) => service(entry.name, entry));
        const { allocation, unserved } = allocate(pool, services, first);
        expect(new Set(allocation.values()).size).toBe(allocation.size);
        for (const entry of services) {
          const key = serviceKey(entry);
          expect(allocation.has(key) || unserved.includes(key)).toBe(entry.wanted);
          if (entry.wanted && first.has(key)) expect(allocation.get(key)).toBe(first.get(key));
        }
      }),
    );
  });
});
