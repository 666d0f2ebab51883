import { expect, test } from 'vitest';
import { chosenFaults } from './support/doctor/chosen.ts';
import type { Seen } from './support/doctor/seen.ts';

const names = (texts: string, seen: Parameters<typeof chosenFaults>[1] = {}): readonly string[] =>
  chosenFaults(texts, seen).map(({ name }) => name);

test('chooses by texts in the names', () => {
  expect(names('API server stopped|gateway scaled')).toEqual(['west: gateway scaled to 0', 'west: API server stopped']);
  expect(() => names('gateway scaled|nothing of the kind')).toThrow('no fault has "nothing of the kind" in its name');
});

test('chooses what the table lacks where no text is given: no result, or none of the tools', () => {
  const all = names('east: ');
  const without: Seen = { named: 'First', doctor: [], others: [] };
  const [first = '', second = '', third = ''] = all;
  const tools = { analyze: [], precheck: [], 'remote-clusters': [] };
  const lacking = names('', { [first]: without, [second]: { ...without, tools } });
  expect(lacking).toEqual(expect.arrayContaining([first, third]));
  expect(lacking).not.toContain(second);
});
