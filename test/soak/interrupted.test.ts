import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endedWith } from '../support/cli.ts';
import { inventoried, labelled } from '../support/inventory.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { numbers } from '../support/random.ts';
import { say, soakSeed } from './seed.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');
const rounds = 15;
const next = numbers(soakSeed);

let lab: TestLab;
/** How long an apply to empty clusters takes here, in milliseconds. */
let wholeMs: number;
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-stop', clusters: twoClusters });
  const begun = performance.now();
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  wholeMs = performance.now() - begun;
  say(`seed ${soakSeed}`);
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** Objects of the mesh that the inventory of their cluster does not name. */
async function unnamed(): Promise<readonly string[]> {
  const all = await Promise.all(
    twoClusters.map(async ({ name }) => {
      const named = new Set(await inventoried(lab, name));
      return (await labelled(lab, name, 'shop')).filter((object) => !named.has(object));
    }),
  );
  return all.flat();
}

/** Ends a command with a signal at a random moment; false where it had ended before. */
async function interrupt(args: readonly string[], signal: NodeJS.Signals): Promise<boolean> {
  const running = lab.isthmus.start(args);
  const moment = delay(next() * wholeMs);
  await Promise.race([moment, running.result.catch(() => undefined)]);
  running.kill(signal);
  const ended = await running.result;
  return ended.code !== 0;
}

async function root(): Promise<string> {
  return await readFile(join(lab.stateFolder, 'isthmus/shop/root.crt'), 'utf8');
}

test.each(Array.from({ length: rounds }, (_, round) => round))(
  'an uninstall and applies that end at random moments are completed by the next (round %i)',
  async (round) => {
    const signal = next() < 0.7 ? 'SIGKILL' : 'SIGINT';
    const before = await root();
    const removal = ['uninstall', '-f', mesh, '--yes'];
    await interrupt(removal, signal);
    endedWith(0, await lab.isthmus.run(removal));
    let cut = 0;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      if (await interrupt(['apply', '-f', mesh], signal)) cut += 1;
      expect(await unnamed()).toEqual([]);
    }
    endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
    expect(endedWith(0, await lab.isthmus.run(['plan', '-f', mesh, '--exit-code'])).stdout).toContain('nothing to do');
    expect(await root()).toBe(before);
    say(`round ${round}: ${signal}, ${cut} of 2 applies cut short`);
  },
);

test('real requests cross the mesh at last', async () => {
  expect(endedWith(0, await lab.isthmus.run(['verify', '-f', mesh])).stdout).toContain('4 of 4 checks passed');
});
