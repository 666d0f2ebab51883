import { describe, expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake, type FakeCall } from '../kube/testing/fake.ts';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import { nodePorts } from '../node-ports.ts';
import type { DoctorReport } from '../report/doctor.ts';
import { explainCode } from './explain-code.ts';
import { openMesh } from './open-mesh.ts';

const text = stream(meshText, clusterText('west'), clusterText('east'));

interface Scene {
  readonly report: DoctorReport;
  /** Every list that was asked for. */
  readonly reads: readonly string[];
}

/** A cluster of its own, whose lists are noted. */
function clusterOf(name: string, intercept: (call: FakeCall) => void, note: (read: string) => void): KubeClient {
  const fake = createFake({ cluster: name, intercept });
  const kubeSystem = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: name } };
  return {
    ...fake,
    get: async (ref, options) => (ref.name === 'kube-system' ? kubeSystem : await fake.get(ref, options)),
    list: async (kind, options = {}) => {
      const { signal: _, onUnreadable, ...selection } = options;
      note(`${name} ${JSON.stringify([kind, selection])} ${onUnreadable === undefined ? '' : 'told'}`);
      return await fake.list(kind, options);
    },
  };
}

/** What a doctor says of two empty clusters, where `refuse` throws why a call fails. */
async function doctorOf(refuse: (cluster: string, call: FakeCall) => void = () => undefined): Promise<Scene> {
  const reads: string[] = [];
  const connect = async ({ metadata: { name } }: MeshCluster) =>
    clusterOf(
      name,
      (call) => refuse(name, call),
      (read) => reads.push(read),
    );
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect };
  await using session = await openMesh({ text, name: 'mesh.yaml' }, ports);
  return { report: await session.doctor({ drift: 'Leave' }), reads };
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
    const { report } = await doctorOf((cluster) => {
      if (cluster === 'east') throw new IsthmusError('cluster-unreachable', 'cluster east: it does not answer');
    });
    expect(codesOf('east', report)).toEqual(['cluster-unread']);
    const [error] = report.clusters.flatMap((one) => one.error ?? []);
    expect(error).toMatchObject({ code: 'cluster-unreachable' });
  });

  test('takes nothing for right that may not be read', async () => {
    const { report } = await doctorOf((_, { kind, verb }) => {
      if (verb === 'list' && kind === 'Secret') throw new IsthmusError('access-denied', 'ann may not list secrets');
    });
    const unknown = report.findings.filter(({ confidence }) => confidence === 'Unknown');
    expect(unknown.map(({ code }) => code)).toContain('cluster-part-unread');
  });

  test('says of nodes that may not be read that nothing is known of their pod ranges', async () => {
    const { report } = await doctorOf((_, { kind, verb }) => {
      if (verb === 'list' && kind === 'Node') throw new IsthmusError('access-denied', 'ann may not list nodes');
    });
    const told = report.findings.flatMap((one) => [one, ...one.consequences]);
    expect(told.find(({ code }) => code === 'join-pod-ranges')).toMatchObject({
      confidence: 'Unknown',
      message: expect.stringContaining('ann may not list nodes'),
    });
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
