import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { groups } from './support/truth/fault.ts';
import { everyFault, faults, inEveryRun } from './support/truth/faults.ts';
import { commands, falselyGreen } from './support/truth/judge.ts';
import { entriesIn, entryIn, entryOf, verdictsIn, withEntries } from './support/truth/table.ts';

const nothing = { inject: [], heal: [], after: [], red: [], causes: [] } as const;
const page = readFileSync(join(import.meta.dirname, '../docs/reliability.md'), 'utf8');

describe('the table of faults in docs/reliability.md', () => {
  test('has faults of the list only, in its order below each heading', () => {
    const entries = everyFault.map((fault) => entryIn(page, fault)).filter((entry) => entry !== undefined);
    const about = [...groups, 'two at random'];
    expect(entriesIn(page)).toEqual(about.flatMap((heading) => entries.filter((entry) => entry.about === heading)));
    expect(entries.length).toBeGreaterThan(0);
  });

  test('has a verdict of every command, and no false one', () => {
    for (const entry of entriesIn(page)) {
      const verdicts = verdictsIn(entry);
      expect([...verdicts.keys()], entry.text).toEqual([...commands]);
      for (const verdict of verdicts.values()) expect(['red', 'unknown', '–'], entry.text).toContain(verdict);
    }
  });

  test('is written as it is read', () => {
    expect(withEntries(page, entriesIn(page))).toBe(page);
  });

  test('keeps what a command said that is not asked again', () => {
    const fault = { name: 'x', place: 'declared', group: 'trust', ...nothing } as const;
    const text =
      '- x. Requests that fail: west → east.\n  status red, trust –, plan red, verify unknown, trace red, whatif red';
    const entry = { about: 'trust', text };
    expect(entryOf({ fault, red: ['west east'], verdicts: {} }, entry)).toEqual(entry);
    expect(entryOf({ fault, red: ['west east'], verdicts: { plan: 'green', verify: 'red' } }, entry).text).toBe(
      '- x. Requests that fail: west → east.\n  status red, trust –, plan **green**, verify red, trace red, whatif red',
    );
  });
});

describe('the faults', () => {
  test('have a name of their own, and a pair that fails', () => {
    expect(new Set(everyFault.map(({ name }) => name)).size).toBe(everyFault.length);
    for (const { name, red } of everyFault) expect(red.length, name).toBeGreaterThan(0);
  });

  test('are at least three of every group', () => {
    for (const group of groups) {
      expect(faults.filter((fault) => fault.group === group).length, group).toBeGreaterThanOrEqual(3);
    }
  });

  test('of every run of the tests are ten, of every group', () => {
    expect(inEveryRun).toHaveLength(10);
    expect(new Set(inEveryRun.map(({ group }) => group))).toEqual(new Set(groups));
  });
});

describe('a green verdict', () => {
  const fault = { ...nothing, name: 'x', place: "a user's namespace", group: 'services' } as const;
  const green = Object.fromEntries(commands.map((command) => [command, 'green' as const]));

  test('is false of a fault that is the subject of the command, and says nothing of another', () => {
    expect(falselyGreen(fault, green)).toEqual(['trace', 'whatif']);
    expect(falselyGreen({ ...fault, place: 'declared', group: 'trust' }, green)).toEqual([...commands]);
    const label = { ...fault, place: "declared of a user's namespace", group: 'istiod' } as const;
    expect(falselyGreen(label, green)).toEqual(['status', 'plan', 'trace', 'whatif']);
    expect(falselyGreen(fault, { trace: 'unknown', whatif: 'red' })).toEqual([]);
  });

  test('is false of two faults where it is of one of them', () => {
    expect(falselyGreen({ ...fault, beside: { place: 'declared', group: 'trust' } }, green)).toEqual([...commands]);
  });
});
