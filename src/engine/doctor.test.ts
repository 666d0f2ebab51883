import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake, type FakeCall, type FakeOptions } from '../kube/testing/fake.ts';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import { nodePorts } from '../node-ports.ts';
import type { KubeObject } from '../objects/object.ts';
import type { DoctorReport } from '../report/doctor.ts';
import { bundleFiles } from '../snapshot/bundle.ts';
import { canary, guardedKinds, guardedObject } from '../snapshot/testing/guarded-objects.ts';
import { explainCode } from './explain-code.ts';
import { openMesh } from './open-mesh.ts';
import type { DoctorOptions } from './options.ts';

const text = stream(meshText, clusterText('west'), clusterText('east'));

interface Scene {
  readonly report: DoctorReport;
  /** Every list that was asked for. */
  readonly reads: readonly string[];
}

/** A cluster of its own, whose lists are noted. */
function clusterOf(name: string, note: (read: string) => void, options: FakeOptions): KubeClient {
  const fake = createFake({ cluster: name, ...options });
  const kubeSystem = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: name } };
  return {
    ...fake,
    get: async (ref, options) => (ref.name === 'kube-system' ? kubeSystem : await fake.get(ref, options)),
    list: async (kind, options = {}) => {
      const { signal: _, onUnreadable, ...selection } = options;
      note(`${name} ${JSON.stringify([kind, selection])} ${onUnreadable === undefined ? '' : 'told'}`);
      const found = await fake.list(kind, options);
      // The UID of this namespace tells clusters apart.
      return found.map((one) => (one.metadata.name === 'kube-system' ? kubeSystem : one));
    },
  };
}

interface Clusters extends Pick<FakeOptions, 'objects' | 'logs'>, Pick<DoctorOptions, 'bundle'> {
  /** Throws why a call fails. */
  readonly refuse?: (cluster: string, call: FakeCall) => void;
}

/** What a doctor says of two clusters that hold the same; left out, nothing. */
async function doctorOf({ refuse = () => undefined, bundle, ...options }: Clusters = {}): Promise<Scene> {
  const reads: string[] = [];
  const connect = async ({ metadata: { name } }: MeshCluster) =>
    clusterOf(name, (read) => reads.push(read), { ...options, intercept: (call) => refuse(name, call) });
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect };
  await using session = await openMesh({ text, name: 'mesh.yaml' }, ports);
  return { report: await session.doctor({ drift: 'Leave', bundle }), reads };
}

const codesOf = (cluster: string, { findings }: DoctorReport): readonly string[] =>
  findings.filter((one) => one.cluster === cluster).map(({ code }) => code);

describe('a doctor', () => {
  test('names what is not there in each cluster, with what follows from it', async () => {
    const { report } = await doctorOf();
    expect(report).toMatchObject({ kind: 'DoctorReport', ok: false, verdict: 'No' });
    expect(codesOf('west', report)).toEqual(expect.arrayContaining(['control-plane-not-ready', 'trust-bundle']));
    const istiod = report.findings.find(({ code }) => code === 'control-plane-not-ready');
    expect(istiod?.consequences.map(({ code }) => code)).toContain('trust-unread');
    expect(report.pairs.map(({ from, to }) => `${from} ${to}`)).toEqual(['west east', 'east west']);
  });

  test('reads each list of a cluster once, whoever needs it', async () => {
    const { reads } = await doctorOf();
    expect(reads.length).toBeGreaterThan(20);
    expect(reads.filter((one, index) => reads.indexOf(one) !== index)).toEqual([]);
  });

  test('makes one finding of a cluster that does not answer', async () => {
    const { report } = await doctorOf({
      refuse: (cluster) => {
        if (cluster === 'east') throw new IsthmusError('cluster-unreachable', 'cluster east: it does not answer');
      },
    });
    expect(codesOf('east', report)).toEqual(['cluster-unread']);
    const [error] = report.clusters.flatMap((one) => one.error ?? []);
    expect(error).toMatchObject({ code: 'cluster-unreachable' });
  });

  test('takes nothing for right that may not be read', async () => {
    const { report } = await doctorOf({
      refuse: (_, { kind, verb }) => {
        if (verb === 'list' && kind === 'Secret') throw new IsthmusError('access-denied', 'ann may not list secrets');
      },
    });
    const unknown = report.findings.filter(({ confidence }) => confidence === 'Unknown');
    expect(unknown.map(({ code }) => code)).toContain('cluster-part-unread');
  });

  test('says of nodes that may not be read that nothing is known of their pod ranges', async () => {
    const { report } = await doctorOf({
      refuse: (_, { kind, verb }) => {
        if (verb === 'list' && kind === 'Node') throw new IsthmusError('access-denied', 'ann may not list nodes');
      },
    });
    const told = report.findings.flatMap((one) => [one, ...one.consequences]);
    expect(told.find(({ code }) => code === 'join-pod-ranges')).toMatchObject({
      confidence: 'Unknown',
      message: expect.stringContaining('ann may not list nodes'),
    });
  });
});

/** Of these kinds only objects of some names are read. */
const readNames: Readonly<Record<string, Partial<KubeObject['metadata']>>> = {
  Secret: { name: 'cacerts', namespace: 'istio-system' },
  ConfigMap: { name: 'istio', namespace: 'istio-system' },
  Deployment: { name: 'istiod', namespace: 'istio-system', labels: { app: 'istiod' } },
};

describe('the archive of a diagnosis', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isthmus-bundle-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('holds the report and a snapshot that a doctor reads, and nothing of what objects of any kind hide', async () => {
    const bundle = join(folder, 'shop.tgz');
    const objects = guardedKinds.map((kind) => guardedObject(kind, readNames[kind.kind]));
    const { report } = await doctorOf({ objects, bundle });
    expect(report.bundle?.file).toBe(bundle);
    expect((await stat(bundle)).mode & 0o777).toBe(0o600);
    execFileSync('tar', ['xzf', bundle], { cwd: folder });
    const written = await Promise.all((report.bundle?.files ?? []).map((one) => readFile(join(folder, one), 'utf8')));
    const all = written.join('\n');
    expect(all).not.toContain(canary);
    for (const { kind } of guardedKinds) expect(all).toContain(`"kind": "${kind}"`);
    const ports = nodePorts({ PATH: '/nowhere', HOME: '/nowhere' });
    const played = await openMesh({ snapshot: join(folder, 'isthmus-bundle/snapshot') }, ports);
    const again = await played.doctor();
    expect(again.findings.map(({ code }) => code)).toContain('control-plane-not-ready');
  });

  test('is the report alone where nothing can be read', async () => {
    const bundle = join(folder, 'alone.tgz');
    const { report } = await doctorOf({
      bundle,
      refuse: () => {
        throw new IsthmusError('cluster-unreachable', 'it does not answer');
      },
    });
    expect(report.bundle?.files).toEqual(['isthmus-bundle/report.json']);
  });

  test('has no token that a message quotes', () => {
    const [file] = bundleFiles({ message: 'refused: Bearer abcdefgh12345678', more: ['password=hunter2'] }, []);
    expect(JSON.parse(file?.text ?? '')).toEqual({ message: 'refused: Bearer …', more: ['password=…'] });
  });
});

describe('the explanation of a code', () => {
  test('is what the catalog has of it, for findings and errors', () => {
    expect(explainCode('peer-secret')).toMatchObject({
      category: 'Discovery',
      shown: 'east: no remote secret for west',
    });
    expect(explainCode('prune-guard')).not.toHaveProperty('category');
  });

  test('of one that does not exist is the nearest one', () => {
    expect(() => explainCode('peer-secrt')).toThrow(
      expect.objectContaining({ code: 'usage', remedy: 'did you mean peer-secret?' }),
    );
  });
});
