import { expect, test } from 'vitest';
import { clusterText, meshText, stream } from '../../mesh/testing/mesh-text.ts';
import { readText } from '../../mesh/text/read-text.ts';
import type { StatusReport } from '../../report/status.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { requirementsOf } from './requirements.ts';

/** What clusters need of each other, in words, where all but `north` answered. */
function requiredOf(...clusters: readonly string[]): readonly string[] {
  const { declared, findings } = readText(stream(meshText, ...clusters), 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  const mesh = resolveMesh(declared);
  const read = mesh.names.filter((name) => name !== 'north');
  const status = {
    clusters: read.map((cluster) => ({
      cluster,
      reachable: true,
      server: `https://${cluster}.example:6443`,
      gateway: { address: cluster === 'east' ? '203.0.113.2:31443' : '203.0.113.1' },
      peers: mesh.names.filter((peer) => peer !== cluster).map((peer) => ({ peer, answers: 'Yes' })),
    })),
  } as unknown as StatusReport;
  return requirementsOf(mesh, status).map(
    ({ from, to, what, address = '?', ports, answers }) =>
      `${from} ${to} ${what} ${address}:${ports.join()} ${answers}`,
  );
}

const east = clusterText('east').replace('network: us', 'network: eu');

test('primaries on two networks need API server and gateway of each other', () => {
  expect(requiredOf(clusterText('west'), east)).toEqual([
    'west east ApiServer east.example:6443 Yes',
    'west east Gateway 203.0.113.2:31443 Unknown',
    'east west ApiServer west.example:6443 Yes',
    'east west Gateway 203.0.113.1:15443 Unknown',
  ]);
});

test('on one network pods are reached, and the address that is declared for other clusters counts', () => {
  const other = clusterText('south', '  peerServer: https://198.51.100.9\n');
  expect(requiredOf(clusterText('west'), other).slice(0, 2)).toEqual([
    'west south ApiServer 198.51.100.9:443 Yes',
    'west south Pods ?: Unknown',
  ]);
});

test('a cluster without an istiod needs that of its primary; what was not read has no address', () => {
  const found = requiredOf(clusterText('west'), clusterText('north', '  controlPlane: {remoteOf: west}\n'), east);
  expect(found).toContain('west north ApiServer ?: Yes');
  expect(found).toContain('north west Istiod 203.0.113.1:15012,15017 Unknown');
  expect(found.filter((one) => one.startsWith('north') && one.includes('ApiServer'))).toEqual([]);
});
