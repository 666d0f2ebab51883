import { expect, test } from 'vitest';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import { readText } from '../mesh/text/read-text.ts';
import { reachedFromHome } from './home-access.ts';

const text = (more = ''): string =>
  stream(meshText, clusterText('west', `  access: {context: mine}\n${more}`), clusterText('east'));

function reached(more: string, homeServer?: string): unknown {
  const { declared } = readText(text(more), 'mesh.yaml');
  if (declared === undefined) throw new Error('no mesh');
  return reachedFromHome(declared, { homeServer }).clusters.map(({ spec: { access, peerServer } }) => ({
    access,
    peerServer,
  }));
}

const east = { access: { secret: 'east' }, peerServer: undefined };

test('a pod reaches its own cluster as itself and every other one by the Secret of its name', () => {
  expect(reached('')).toEqual([{ access: { inCluster: {} }, peerServer: undefined }, east]);
});

test('others take the address that the document gives them, else the one that the pod was given', () => {
  const [own, told] = ['https://own:6443', 'https://told:6443'];
  expect(reached('', told)).toEqual([{ access: { inCluster: {} }, peerServer: told }, east]);
  expect(reached(`  peerServer: "${own}"\n`, told)).toEqual([{ access: { inCluster: {} }, peerServer: own }, east]);
});
