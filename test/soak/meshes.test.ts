import { test } from 'vitest';
import { tryMeshes, useClusterForMeshes } from '../support/random-meshes.ts';
import { say, soakSeed } from './seed.ts';

const rounds = 100;

useClusterForMeshes('soak-meshes');

test('an apply of any mesh, after any interference, ends with what the file says, and the next plan is empty', async () => {
  say(`seed ${soakSeed}`);
  await tryMeshes({ seed: soakSeed, rounds });
  say(`${rounds} pairs of meshes`);
});
