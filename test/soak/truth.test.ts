import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkout } from '../support/lab.ts';
import { faults } from '../support/truth/faults.ts';
import { falselyGreen } from '../support/truth/judge.ts';
import { type MeshUnderFault, startMeshUnderFault } from '../support/truth/mesh-under-fault.ts';
import { rowText, withRows } from '../support/truth/table.ts';
import { say } from './seed.ts';

const page = join(checkout, 'docs/reliability.md');
const rows: string[] = [];

let mesh: MeshUnderFault;
beforeAll(async () => {
  mesh = await startMeshUnderFault('soak-truth');
});
afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
});

test.each(faults)('$name: no command says green', async (fault) => {
  const observed = await mesh.tried(fault);
  const row = rowText({ fault, ...observed });
  say(row);
  expect(falselyGreen(fault, observed.verdicts), JSON.stringify(observed.said)).toEqual([]);
  rows.push(row);
});

test('the table of docs/reliability.md is what was seen, or is written where ISTHMUS_TRUTH_TABLE is `write`', () => {
  const text = readFileSync(page, 'utf8');
  const seen = withRows(text, rows);
  if (process.env.ISTHMUS_TRUTH_TABLE === 'write' && rows.length === faults.length) writeFileSync(page, seen);
  else expect(text).toBe(seen);
});
