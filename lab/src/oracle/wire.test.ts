import { expect, test } from 'vitest';
import { parseLine } from './wire.ts';

const host = { address: '10.0.0.1:80', weight: 2, health: 'UNKNOWN', tlsMode: 'istio', workload: '', cluster: 'west' };
const group = { region: 'r', zone: 'z', subZone: '', priority: 1, weight: 2, endpoints: [host] };
const empty = { region: '', zone: '', subZone: '', priority: 0, endpoints: [] };

test('an assignment has its groups, and its endpoints with what they inherit from their group', () => {
  const line = { id: 4, clusters: {}, eds: { name: { groups: [empty, group] } }, pushes: 2 };
  const { id, error, answer } = parseLine(JSON.stringify(line));
  const endpoint = { ...host, health: 'HEALTHY', locality: 'r/z', priority: 1 };
  expect({ id, error, pushes: answer.pushes }).toEqual({ id: 4, error: undefined, pushes: 2 });
  expect(answer.eds.get('name')).toEqual({
    groups: [
      { locality: '', priority: 0, weight: undefined, endpoints: [] },
      { locality: 'r/z', priority: 1, weight: 2, endpoints: [endpoint] },
    ],
    endpoints: [endpoint],
    overprovisioningFactor: undefined,
  });
});

test('an error comes instead of an answer', () => {
  const { error, answer } = parseLine('{"id":1,"error":"it is gone"}');
  expect([error, answer.clusters.size, answer.eds.size]).toEqual(['it is gone', 0, 0]);
});

test('what is no answer is refused', () => {
  expect(() => parseLine('{"id":1,"eds":{"name":{"groups":[{}]}}}')).toThrow();
});
