import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readText } from '../src/mesh/text/read-text.ts';
import { attacks, heldAtFirst, meshWith, shownBy } from './attacks/attacks.ts';
import { signaturesChecked } from './attacks/readers.ts';

test.each(attacks)('$kind: $name gains nothing', async ({ gain }) => {
  expect(await gain()).toEqual([]);
});

test('what the attacks bend is taken where it is straight', async () => {
  expect(readText(meshWith('charts: "https://charts.example/istio"'), 'mesh.yaml').declared).toBeDefined();
  expect(await shownBy(2, 'default')).toBe(2);
  expect(await shownBy(2, 'ROOTCA')).toBe(2);
});

test('a chain is searched at all', async () => {
  expect(await signaturesChecked(2)).toBeGreaterThan(0);
});

test('there are forty of them that succeeded against the first release, two or more of each kind', () => {
  expect([...heldAtFirst].filter((name) => !attacks.some((attack) => attack.name === name))).toEqual([]);
  const succeeded = attacks.filter(({ name }) => !heldAtFirst.has(name));
  expect(succeeded.length).toBeGreaterThanOrEqual(40);
  for (const kind of new Set(attacks.map((attack) => attack.kind))) {
    expect(succeeded.filter((attack) => attack.kind === kind).length, kind).toBeGreaterThanOrEqual(2);
  }
});

test('docs/security.md lists them', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/security.md'), 'utf8');
  const wanted = attacks.map(
    ({ kind, name }) =>
      `| ${kind} | ${name.replaceAll('|', '\\|')} | ${heldAtFirst.has(name) ? 'failed' : 'succeeded'} |`,
  );
  const start = page.indexOf('\n| KIND | attack |');
  const rows = page.slice(start).trim().split('\n').slice(2);
  expect(rows.slice(0, wanted.length).map((row) => row.trim())).toEqual(wanted);
});
