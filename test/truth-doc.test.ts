import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { faults } from './support/truth/faults.ts';
import { commands, falselyGreen } from './support/truth/judge.ts';
import { faultsIn, withRows } from './support/truth/table.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/reliability.md'), 'utf8');

describe('the table of faults in docs/reliability.md', () => {
  test('has each fault that is tried, in the same order', () => {
    expect(faultsIn(page)).toEqual(faults.map(({ group, name }) => `${group}: ${name}`));
  });

  test('has a verdict of every command, and no false one', () => {
    const rows = page.split('\n').filter((line) => faults.some(({ name }) => line.includes(`| ${name} |`)));
    for (const row of rows) {
      const cells = row.split(' | ').slice(3).join(' ').replace(/ \|$/, '').split(' ');
      expect(cells, row).toHaveLength(commands.length);
      for (const cell of cells) expect(['red', 'unknown', '–'], row).toContain(cell);
    }
  });
});

test('the page with its own rows is the page', () => {
  const rows = page.split('\n').filter((line) => faults.some(({ name }) => line.includes(`| ${name} |`)));
  expect(withRows(page, rows)).toBe(page);
});

describe('the faults', () => {
  test('have a name of their own, and a pair that fails', () => {
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
    for (const { name, red } of faults) expect(red.length, name).toBeGreaterThan(0);
  });
});

test('green is false of a fault that is the subject of the command, and says nothing of another', () => {
  const fault = { name: 'x', place: "a user's namespace", group: 'services', inject: [], heal: [], red: [] } as const;
  const green = Object.fromEntries(commands.map((command) => [command, 'green' as const]));
  expect(falselyGreen(fault, green)).toEqual(['trace', 'whatif']);
  expect(falselyGreen({ ...fault, place: 'declared', group: 'trust' }, green)).toEqual([...commands]);
  expect(falselyGreen(fault, { trace: 'unknown', whatif: 'red' })).toEqual([]);
});
