import { expect, test } from 'vitest';
import { checkout } from '../support/lab.ts';
import { startProgram } from '../support/program.ts';
import { say, soakSeed } from './seed.ts';

const queries = 20_000;

test('real istiods answer every question as predicted', async () => {
  const args = ['test/oracle/main.ts', '--cases', String(queries), '--seed', String(soakSeed), '--lab', 'soak-oracle'];
  const { code, stdout, stderr } = await startProgram(process.execPath, args, { cwd: checkout, timeoutMs: 2_380_000 })
    .result;
  const lines = stdout.trim().split('\n');
  for (const line of lines.filter((text) => !/^seed \d+: \d+ queries/.test(text))) say(line);
  expect(code, stderr).toBe(0);
  expect(lines.at(-1)).toMatch(/^\d+ queries, 0 differences$/);
});
