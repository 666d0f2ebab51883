import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { nodePorts } from '../node-ports.ts';
import { openMesh } from './open-mesh.ts';

test.each([
  ['/nowhere/mesh.yaml', 'does not exist'],
  [tmpdir(), 'is a folder: the documents of a mesh stand in one file'],
  ['https://files.example/mesh.yaml', 'is an address, and no file'],
])('%s %s', async (file, why) => {
  await expect(openMesh({ file }, nodePorts({}))).rejects.toMatchObject({
    code: 'file-unreadable',
    message: `${file} ${why}`,
  });
});
