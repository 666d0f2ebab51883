import { describe, expect, test } from 'vitest';
import { diagnose } from '../diagnose/causes/diagnose.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import { readText } from '../mesh/text/read-text.ts';
import { slicesOf } from '../observe/endpoint-slices.ts';
import type { HeldOfPeer } from '../observe/held-endpoints.ts';
import { threeClusters, twoNetworks } from '../predict/testing/fake-mesh.ts';
import type { StatusReport } from '../report/status.ts';
import { type ResolvedMesh, resolveMesh } from '../topology/resolved-mesh.ts';
import { evidenceOf, type MemberReading } from './doctor-evidence.ts';

const readAt = '2030-01-01T00:00:00.000Z';

function meshOf(...clusters: readonly string[]): ResolvedMesh {
  const { declared, findings } = readText(stream(meshText, ...clusters), 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return resolveMesh(declared);
}

/** What a doctor says of the model alone, where each cluster is well by itself. */
function saidOf(mesh: ResolvedMesh, model: Snapshot, members: readonly MemberReading[] = []) {
  const clusters = mesh.topology.clusters.map(({ name, network }) => ({
    cluster: name,
    network,
    reachable: true,
    peers: [],
    findings: [],
  }));
  const status = { clusters } as unknown as StatusReport;
  const trust = { findings: [], relations: [] } as never;
  return diagnose(evidenceOf(mesh, { readAt, status, trust, model, members }));
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

test('what an istiod holds of a peer is held against the EndpointSlices there', () => {
  const model = twoNetworks();
  const objects = model.clusters.find(({ cluster }) => cluster === 'east')?.objects ?? [];
  const ofServices = new Map([...slicesOf(objects).services].map(([name, { known }]) => [name, known] as const));
  const holding = (services: HeldOfPeer['ofServices']): readonly string[] => {
    const of = { peer: 'east', pod: 'istiod-1', isSynced: true, endpoints: [], gateways: ['192.0.2.1:15443'] };
    const held = [{ ...of, ofServices: services }];
    const { causes } = saidOf(two, model, [{ cluster: 'west', podRanges: [], remoteSecrets: [], held }]);
    return causes.map(({ finding }) => `${finding.code}: ${finding.message}`);
  };
  expect(ofServices.size).toBeGreaterThan(0);
  expect(holding(ofServices)).toEqual([]);
  expect(holding(new Map())).toEqual([
    expect.stringMatching(/^peer-endpoints: istiod istiod-1 calls east synced and holds none of the \d+ endpoints/),
  ]);
});
