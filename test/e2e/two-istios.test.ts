import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOracle } from '../../lab/src/oracle/oracle.ts';
import { generateCase, withIstio } from '../oracle/generate.ts';
import { judge } from '../oracle/judge.ts';
import { survivesRenewal } from '../oracle/renewal.ts';
import { endedWith } from '../support/cli.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { nothingLost } from '../support/steady.ts';
import { type TwoIstios, twoIstios, upgradeByRevision, upgradeInPlace } from '../support/two-istios.ts';

/** Where nothing is cached, the first lab of the file builds Istio 1.30. */
const buildTimeoutMs = 2_400_000;

let lab: TestLab;
let both: TwoIstios;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-istios', clusters: twoClusters, istios: ['1.30'] });
  both = twoIstios(lab);
}, buildTimeoutMs);
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

describe('Istio 1.30', () => {
  test('answers as predicted, and keeps clusters whose tokens change or that others leave', async () => {
    await using oracle = await startOracle({ name: 'e2e-istio-or', clusters: 5, istio: '1.30' });
    let asked = 0;
    for (let seed = 1; asked < 100; seed += 1) {
      const { disagreements, tally } = await judge(oracle, withIstio(generateCase(seed), '1.30.4'));
      expect(disagreements.map(({ query, difference }) => ({ seed, query, difference }))).toEqual([]);
      asked += tally.asked;
    }
    await survivesRenewal(oracle);
  });
});

describe('an upgrade from 1.30 to 1.31', () => {
  test('in place loses nothing, through a mesh of one primary of each version', async () => {
    nothingLost(await upgradeInPlace(both));
  });

  test('by revision loses nothing', async () => {
    endedWith(0, await lab.isthmus.run(['uninstall', '-f', both.mesh, '--yes']));
    nothingLost(await upgradeByRevision(both));
  });
});

test('a version without a renderer, and one with two, are refused with all that there are', async () => {
  const plan = async (renderers: readonly string[]): Promise<string> =>
    endedWith(2, await lab.isthmus.run(['plan', '-f', both.mesh, ...renderers])).stderr;
  await both.declare({ istio: { version: '1.31' }, of: { east: { version: '1.32' } } });
  expect(await plan(both.renderers)).toMatch(
    /cluster east wants Istio 1\.32, but .*1\.31\.0 and .*1\.30\.4 \[renderer-version\]/,
  );
  await both.declare({ istio: { version: '1.31' } });
  const twice = ['istioctl', 'istioctl-real'].flatMap((name) => ['--istioctl', join(lab.lab.bin, name)]);
  expect(await plan(twice)).toContain('both render Istio 1.31 [renderer-version]');
});
