import { test } from 'vitest';
import { tryMeshes, useClusterForMeshes } from '../support/random-meshes.ts';

useClusterForMeshes('int-model');

test('whatever a mesh was and whoever interfered, an apply ends with what the file says, and the next plan is empty', async () => {
  await tryMeshes({ seed: 20_261_121, rounds: 8 });
});
