import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { valueAt } from '../base/json.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { readText } from '../mesh/text/read-text.ts';
import { nodePorts } from '../node-ports.ts';
import type { KubeObject } from '../objects/object.ts';
import { probeNamespace } from '../objects/ownership.ts';
import { type KeptLine, parseKeptPlan } from '../probe/keep-protocol.ts';
import { keptProbes } from './kept-probes.ts';
import { sessionOf } from './session.ts';

const fence = (): void => undefined;

function meshText(west = ''): string {
  return `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31"}, home: west}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us${west}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: east}
spec: {network: eu}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: south}
spec: {network: us}
`;
}

/** The cluster knows Istio's kinds. */
const sidecar = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name: 'theirs', namespace: 'sample' },
};

/** The probes of a mesh of three clusters, of which west can be looked into. */
interface Start {
  readonly spec?: string;
  readonly log?: string;
  readonly pods?: readonly KubeObject[];
  /** Whatever west holds from before. */
  readonly west?: FakeClient;
}

function scene({ spec = '', log = '', pods = [], west: before }: Start = {}) {
  const west = before ?? createFake({ objects: [sidecar, ...pods], logs: () => log });
  const { declared } = readText(meshText(spec), 'mesh.yaml');
  if (declared === undefined) throw new Error('no mesh');
  const connect = async ({ metadata: { name } }: { metadata: { name: string } }): Promise<FakeClient> => {
    if (name === 'west') return west;
    throw new IsthmusError('cluster-unreachable', `cluster ${name}: refuses connections`, { cluster: name });
  };
  const source = { declared, findings: [], folder: '/nonexistent', origin: { home: 'west' } };
  const state = sessionOf(source, { ...nodePorts({}), connect }, { connections: 'Kept' });
  return { west, probes: keptProbes(state, undefined) };
}

const labels = { 'isthmus.dev/purpose': 'probe' };

function podOf(
  more: { readonly sidecar?: boolean; readonly state?: object; readonly ready?: string } = {},
): KubeObject {
  const { sidecar: injected = true, state = { running: {} }, ready = 'True' } = more;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe-west-1', namespace: probeNamespace, labels },
    spec: { containers: [{ name: 'probe' }, ...(injected ? [{ name: 'istio-proxy' }] : [])] },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      conditions: [{ type: 'Ready', status: ready }],
      containerStatuses: [{ name: 'probe', ready: true, state }],
    },
  } as unknown as KubeObject;
}

function lineOf(cluster: string, more: Partial<KeptLine> = {}, evidence: Partial<KeptLine['evidence']> = {}): string {
  const id = (name: string): string => `spiffe://cluster.local/ns/isthmus-probe/sa/probe-${name}`;
  const host = { address: '198.19.0.2', port: 15_443, healthy: true, priority: 0, weight: 1 };
  const counts = { requests: 1, successes: 1, errors: 0, connectFailures: 0 };
  const line: KeptLine = {
    type: 'probe',
    service: `only-${cluster}`,
    count: 1,
    latencyMs: 3,
    evidence: {
      attempts: 1,
      lookup: { address: '10.96.0.7' },
      answers: [{ cluster, count: 1 }],
      identities: [{ cluster, server: id(cluster), client: id('west'), count: 1 }],
      proxy: { state: 'Known', hosts: [{ ...host, ...counts }] },
      dials: [{ address: '198.19.0.2', port: 15_443, tcp: 'Connected', tls: 'Handshake' }],
      ...evidence,
    },
    ...more,
  };
  return `${JSON.stringify(line)}\n`;
}

describe('what a probe is made of', () => {
  test('one pod of at most 64 MiB, and the Services of every cluster', async () => {
    const { west, probes } = scene();
    await probes.keep('west', fence);
    const own = west.objects().filter(({ metadata }) => metadata.namespace === probeNamespace);
    expect(own.map(({ kind, metadata: { name } }) => `${kind} ${name}`).toSorted()).toEqual([
      'Deployment probe-west',
      'Service only-east',
      'Service only-south',
      'Service only-west',
      'ServiceAccount probe-west',
      'Sidecar default',
    ]);
    const namespace = west.objects().find(({ metadata: { name } }) => name === probeNamespace);
    expect(namespace?.metadata.labels).toMatchObject({ 'istio-injection': 'enabled' });
    const deployment = own.find(({ kind }) => kind === 'Deployment');
    const pod = ['spec', 'template', 'spec'];
    const container = (valueAt(deployment, [...pod, 'containers']) as readonly object[])[0] as {
      readonly env: readonly { readonly name: string; readonly value: string }[];
    };
    expect(container).toMatchObject({ args: ['probe', 'keep'], resources: { limits: { memory: '64Mi' } } });
    expect(valueAt(deployment, [...pod, 'automountServiceAccountToken'])).toBe(false);
    const plan = parseKeptPlan(container.env.find(({ name }) => name === 'ISTHMUS_PROBE_PLAN')?.value);
    expect(plan.everySeconds).toBe(15);
    expect(plan.targets).toEqual([
      { service: 'only-east', port: 80, way: 'Gateway' },
      { service: 'only-south', port: 80, way: 'Direct' },
    ]);
  });

  test('turned off it goes, and nobody calls its cluster', async () => {
    const { west, probes } = scene();
    await probes.keep('west', fence);
    const off = scene({ spec: ', probe: Off', west });
    expect(['west', 'east', 'south'].map((name) => off.probes.peersOf(name))).toEqual([[], ['south'], ['east']]);
    await off.probes.keep('west', fence);
    expect(off.west.objects().filter(({ metadata }) => metadata.namespace === probeNamespace)).toEqual([]);
    const { writes } = off.west.counts();
    await off.probes.keep('west', fence);
    expect(off.west.counts().writes).toBe(writes);
  });

  test("nothing is written by a process that may not, and nothing over what is someone else's", async () => {
    const { west, probes } = scene();
    await expect(
      probes.keep('west', () => {
        throw new IsthmusError('lock-held', 'another one leads');
      }),
    ).rejects.toThrow('another one leads');
    expect(west.counts().writes).toBe(0);
    const theirs = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'probe-west', namespace: probeNamespace },
    };
    await expect(scene({ pods: [theirs] }).probes.keep('west', fence)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a label makes nothing ours: who applied it does', async () => {
    const labelled = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'probe-west',
        namespace: probeNamespace,
        labels: { 'app.kubernetes.io/managed-by': 'isthmus' },
      },
    };
    await expect(scene({ pods: [labelled] }).probes.keep('west', fence)).rejects.toMatchObject({ code: 'conflict' });
    const off = scene({ spec: ', probe: Off', pods: [labelled] });
    await off.probes.keep('west', fence);
    expect(off.west.objects().filter(({ kind }) => kind === 'Deployment')).toHaveLength(1);
  });

  test('a namespace in which pods of others run is left as it is', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'theirs', namespace: probeNamespace } };
    const { west, probes } = scene({ pods: [pod] });
    await expect(probes.keep('west', fence)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Pod isthmus-probe/theirs'),
    });
    expect(west.counts().writes).toBe(0);
  });

  test('all of them go, but for those that are to stay; a cluster that is not reached is named', async () => {
    const { west, probes } = scene();
    await probes.keep('west', fence);
    const own = (): number => west.objects().filter(({ metadata }) => metadata.namespace === probeNamespace).length;
    const found = { cluster: 'west', object: expect.objectContaining({ kind: 'Deployment', name: 'probe-west' }) };
    const away = { cluster: 'east', why: expect.stringContaining('refuses connections') };
    expect(await probes.clear({ until: 'Plan', keep: ['south'] })).toEqual([found, away]);
    expect(await probes.clear({ until: 'Done', keep: ['west', 'south'] })).toEqual([away]);
    expect(own()).toBeGreaterThan(0);
    expect(await probes.clear({ until: 'Done', keep: ['south'] })).toEqual([found, away]);
    expect(own()).toBe(0);
    expect(await probes.clear({ until: 'Done', keep: ['south'] })).toEqual([away]);
  });

  test('a pod without a sidecar goes, so that another one is made', async () => {
    const { west, probes } = scene({ pods: [podOf({ sidecar: false })] });
    expect((await probes.read('west')).obstacle?.message).toContain('without a sidecar');
    await probes.keep('west', fence);
    expect(west.objects().filter(({ kind }) => kind === 'Pod')).toEqual([]);
  });
});

describe('what a probe says', () => {
  test('an answer by the declared way and with the declared identities', async () => {
    const { probes } = scene({ pods: [podOf()], log: lineOf('east') });
    expect(await probes.read('west')).toEqual({
      pod: expect.any(String),
      obstacle: undefined,
      probes: [
        {
          to: 'east',
          count: 1,
          outcome: 'Answered',
          hop: undefined,
          latencyMs: 3,
          finding: undefined,
          gateways: [{ address: '198.19.0.2:15443', answers: 'Yes' }],
        },
      ],
    });
  });

  test.each([
    [
      'an answer of another cluster',
      {},
      { identities: [{ cluster: 'south', server: 'a', client: 'b', count: 1 }] },
      'Identity',
    ],
    [
      'no answer',
      { latencyMs: null },
      {
        answers: [],
        identities: [],
        lastFailure: { status: 503 },
        dials: [{ address: '198.19.0.2', port: 15_443, tcp: 'Refused' as const, tls: 'None' as const }],
      },
      'Connect',
    ],
  ])('%s is a failure at its hop', async (_, more, evidence, hop) => {
    const { probes } = scene({ pods: [podOf()], log: lineOf('east', more, evidence) });
    const [probe] = (await probes.read('west')).probes;
    expect(probe).toMatchObject({ outcome: 'Failed', hop, finding: { severity: 'error' } });
  });

  test('a pod that does not run is no failure of the mesh', async () => {
    const dying = podOf({ ready: 'False', state: { terminated: { exitCode: 137 } } });
    const { probes } = scene({ pods: [dying], log: lineOf('east', { latencyMs: null }, { answers: [] }) });
    const [probe] = (await probes.read('west')).probes;
    expect(probe).toMatchObject({ outcome: 'Untested', hop: 'ServerPod' });
  });

  test('a gateway that closes is certain on its own port alone: a sidecar takes the others', async () => {
    const dials = [15_443, 31_443].map(
      (port) => ({ address: '198.19.0.2', port, tcp: 'Connected', tls: 'Closed' }) as const,
    );
    const { probes } = scene({ pods: [podOf()], log: lineOf('east', {}, { dials }) });
    const [probe] = (await probes.read('west')).probes;
    expect(probe?.gateways.map(({ answers }) => answers)).toEqual(['No', 'Unknown']);
  });

  test.each([
    ['no pod', [], 'the pod does not exist'],
    [
      'an image that cannot be had',
      [podOf({ state: { waiting: { reason: 'ImagePullBackOff' } } })],
      'ImagePullBackOff',
    ],
  ])('%s is an obstacle with its reason, and no failure', async (_, pods, reason) => {
    const { obstacle, probes: sent } = await scene({ pods }).probes.read('west');
    expect(JSON.stringify(obstacle)).toContain(reason);
    expect(sent).toEqual([]);
  });

  test('a cluster that is away is an error', async () => {
    await expect(scene().probes.read('east')).rejects.toMatchObject({ code: 'cluster-unreachable' });
  });
});
