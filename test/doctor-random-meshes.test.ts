import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { largeMesh } from '../bench/doctor/large-mesh.ts';
import { openMesh } from '../src/engine/open-mesh.ts';
import { nodePorts } from '../src/node-ports.ts';
import type { KubeObject } from '../src/objects/object.ts';
import type { DoctorReport } from '../src/report/doctor.ts';
import { type StoredSnapshot, writeSnapshotFolder } from '../src/snapshot/folder.ts';
import { numbers } from './support/random.ts';

const system = 'istio-system';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-doctor-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A mesh of random size that works, with settings of its users that lose no request. */
async function healthyMesh(seed: number): Promise<Awaited<ReturnType<typeof largeMesh>>> {
  const next = numbers(seed);
  const upTo = (most: number): number => 1 + Math.floor(next() * most);
  const clusters = 1 + upTo(5);
  const services = upTo(12);
  const size = { clusters, services, endpoints: upTo(3), networks: upTo(clusters), istiods: clusters };
  const { stored, documents } = await largeMesh(size);
  // Istio reads a policy or a rule in the cluster whose istiod serves: each has all of them.
  const added = settings(services)
    .filter(() => next() < 0.5)
    .flat();
  return { documents, stored: edited(stored, (objects) => [...objects, ...added]) };
}

/** What users set that loses no request: of the mesh, of a namespace and of a service; what belongs together is one. */
function settings(services: number): readonly (readonly KubeObject[])[] {
  const last = services - 1;
  const host = `svc-${last}.ns-${last}.svc.cluster.local`;
  const object = (group: string, kind: string, namespace: string, spec: object): KubeObject =>
    ({
      apiVersion: `${group}.istio.io/v1`,
      kind,
      metadata: { name: 'of-users', namespace, creationTimestamp: '2026-01-01T00:00:00Z' },
      spec,
    }) as KubeObject;
  return [
    [object('security', 'PeerAuthentication', system, { mtls: { mode: 'STRICT' } })],
    [object('security', 'AuthorizationPolicy', 'ns-0', { action: 'ALLOW', rules: [{}] })],
    [
      object('security', 'AuthorizationPolicy', `ns-${last}`, {
        action: 'DENY',
        rules: [{ to: [{ operation: { ports: ['9'] } }] }],
      }),
    ],
    [
      object('networking', 'VirtualService', `ns-${last}`, {
        hosts: [host],
        http: [{ timeout: '3s', route: [{ destination: { host, subset: 'v1' } }] }],
      }),
      object('networking', 'DestinationRule', `ns-${last}`, {
        host,
        subsets: [{ name: 'v1', labels: { version: 'v1' } }],
        trafficPolicy: {
          loadBalancer: { localityLbSetting: { enabled: true } },
          outlierDetection: {
            consecutive5xxErrors: 5,
            interval: '10s',
            baseEjectionTime: '30s',
            maxEjectionPercent: 100,
          },
        },
      }),
    ],
  ];
}

function edited(
  stored: StoredSnapshot,
  edit: (objects: readonly KubeObject[]) => readonly KubeObject[],
): StoredSnapshot {
  const clusters = stored.snapshot.clusters.map((one) => ({ ...one, objects: edit(one.objects) }));
  return { ...stored, snapshot: { ...stored.snapshot, clusters } };
}

async function doctorOf(name: string, stored: StoredSnapshot, documents: readonly unknown[]): Promise<DoctorReport> {
  const place = join(folder, name);
  await writeSnapshotFolder(place, stored, documents);
  const session = await openMesh({ snapshot: place }, nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }));
  return await session.doctor();
}

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

test.each(seeds)(
  'random mesh %i works, and nothing is found in it but that its trust is not recorded',
  async (seed) => {
    const { stored, documents } = await healthyMesh(seed);
    const { findings, verdict, predicted } = await doctorOf(`whole-${seed}`, stored, documents);
    expect(findings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      expect.stringMatching(/^trust-unread:/),
    ]);
    expect({ verdict, predicted }).toMatchObject({ verdict: 'Yes', predicted: { lost: 0, unknown: 0 } });
    expect(predicted?.pairs).toBeGreaterThan(0);
  },
);

test.each(seeds.slice(0, 5))('a remote secret that random mesh %i lacks is found', async (seed) => {
  const { stored, documents } = await healthyMesh(seed);
  const isSecret = ({ metadata }: KubeObject): boolean => metadata.name === 'istio-remote-secret-c1';
  const broken = edited(stored, (objects) => objects.filter((object) => !isSecret(object)));
  const { findings } = await doctorOf(`broken-${seed}`, broken, documents);
  expect(findings[0]).toMatchObject({ code: 'peer-secret', cluster: 'c0' });
});
