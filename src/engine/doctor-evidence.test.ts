import { describe, expect, test } from 'vitest';
import { diagnose } from '../diagnose/causes/diagnose.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import { readText } from '../mesh/text/read-text.ts';
import { threeClusters, twoNetworks } from '../predict/testing/fake-mesh.ts';
import type { StatusReport } from '../report/status.ts';
import { type ResolvedMesh, resolveMesh } from '../topology/resolved-mesh.ts';
import { evidenceOf } from './doctor-evidence.ts';

const readAt = '2030-01-01T00:00:00.000Z';

function meshOf(...clusters: readonly string[]): ResolvedMesh {
  const { declared, findings } = readText(stream(meshText, ...clusters), 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return resolveMesh(declared);
}

/** What a doctor says of the model alone, where each cluster is well by itself. */
function saidOf(mesh: ResolvedMesh, model: Snapshot) {
  const clusters = mesh.topology.clusters.map(({ name, network }) => ({
    cluster: name,
    network,
    reachable: true,
    peers: [],
    findings: [],
  }));
  const status = { clusters } as unknown as StatusReport;
  const trust = { findings: [], relations: [] } as never;
  return diagnose(evidenceOf(mesh, { readAt, status, trust, model, members: [] }));
}

const two = meshOf(clusterText('west'), clusterText('east').replace('network: us', 'network: eu'));

describe('a mesh that works has no finding', () => {
  test.each([
    ['two networks', two, twoNetworks()],
    [
      'two networks, one of them with a remote cluster',
      meshOf(
        clusterText('west'),
        clusterText('north', '  controlPlane: {remoteOf: west}\n'),
        clusterText('east').replace('network: us', 'network: eu'),
      ),
      threeClusters(),
    ],
  ])('%s', (_, mesh, snapshot) => {
    const { causes, flows } = saidOf(mesh, snapshot);
    expect(causes.map(({ finding }) => finding.message)).toEqual([]);
    expect(flows?.total).toBeGreaterThan(3);
  });
});

test('a port that has another name where it is served is why requests are lost', () => {
  const mesh = twoNetworks();
  const clusters = mesh.clusters.map((one) => ({
    ...one,
    objects: one.objects.map((each) => {
      if (one.cluster !== 'east' || each.kind !== 'Service' || each.metadata.name !== 'details') return each;
      return JSON.parse(JSON.stringify(each).replaceAll('"name":"http"', '"name":"web"'));
    }),
  }));
  const [first] = saidOf(two, { ...mesh, clusters }).causes;
  expect(first?.finding).toMatchObject({ code: 'join-port-differs', object: 'Service shop/details' });
  expect(first?.consequences.length).toBeGreaterThan(0);
});
