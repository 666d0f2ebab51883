import { expect, test } from 'vitest';
import { findResidue, isClean } from '../../lab/src/residue.ts';
import { endedWith } from '../support/cli.ts';
import { checkout } from '../support/lab.ts';
import { runProgram } from '../support/program.ts';

test('make demo ends with calls answered by both clusters, and make demo-down leaves nothing', async () => {
  // The modules are left as they are, however old: tests that run beside this one are using them.
  const kept = ['-o', 'node_modules/.package-lock.json'];
  const make = async (target: string): Promise<string> =>
    endedWith(0, await runProgram('make', [...kept, target], { cwd: checkout, timeoutMs: 580_000 })).stdout;
  try {
    const said = await make('demo');
    expect(said).toMatch(/4 of 4 checks passed/);
    expect(said).toMatch(/v1 \(west\): [1-9]\d* of 20/);
    expect(said).toMatch(/v2 \(east\): [1-9]\d* of 20/);
  } finally {
    await make('demo-down');
  }
  expect(findResidue('demo')).toSatisfy(isClean);
});
