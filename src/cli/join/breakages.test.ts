import { describe, expect, test } from 'vitest';
import type { MeshCluster } from '../../api/mesh-cluster.ts';
import { IsthmusError } from '../../base/error.ts';
import { valueAt } from '../../base/json.ts';
import { kubectl, remedy } from '../../base/remedy.ts';
import { openMesh } from '../../engine/open-mesh.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createFake, type FakeOptions } from '../../kube/testing/fake.ts';
import { nodePorts } from '../../node-ports.ts';
import type { KubeObject } from '../../objects/object.ts';
import { parseReachPlan } from '../../probe/reach.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { joinText } from './text.ts';

/** West is the home, north a member, apac joins. */
const names = ['west', 'north', 'apac'] as const;
type Name = (typeof names)[number];

const text = [
  'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}, home: west}\n',
  ...names.map(
    (name) =>
      `apiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: net-${name}}\n`,
  ),
].join('---\n');

/**
 * A cluster with an identity of its own, in which every pod runs at once; its log says that it reaches the servers that
 * it is asked about, or why it does not reach apac.
 */
function cluster(name: string, reach: string, options: FakeOptions = {}): KubeClient {
  let targets: readonly string[] = [];
  const lineOf = (to: string): string => {
    const cut = to === 'apac' && reach !== '';
    return JSON.stringify({
      type: 'reach',
      cluster: to,
      outcome: cut ? 'NotReached' : 'Reached',
      detail: cut ? reach : 'HTTP 200',
    });
  };
  const fake = createFake({ cluster: name, logs: () => targets.map(lineOf).join('\n'), ...options });
  const running = { containerStatuses: [{ name: 'probe', state: { running: {} } }] };
  return {
    ...fake,
    async get(ref, call) {
      const found = await fake.get(ref, call);
      return ref.name === 'kube-system' && found !== undefined
        ? { ...found, metadata: { ...found.metadata, uid: name } }
        : found;
    },
    create(object: KubeObject, call) {
      if (object.kind !== 'Pod') return fake.create(object, call);
      const containers = valueAt(object, ['spec', 'containers']) as readonly {
        readonly env: readonly { value: string }[];
      }[];
      targets = parseReachPlan(containers[0]?.env[0]?.value).targets.map(({ cluster: to }) => to);
      return fake.create({ ...object, status: running }, call);
    },
  };
}

interface Broken {
  /** What opening a cluster throws. */
  readonly errors?: Partial<Record<Name, IsthmusError>>;
  /** Why pods of west do not reach apac; they reach all else. */
  readonly reach?: string;
  readonly options?: Partial<Record<Name, FakeOptions>>;
}

/** What `join apac --check` says, and the code of what ends it. */
async function joinSays({ errors = {}, reach = '', options = {} }: Broken) {
  const connect = async ({ metadata: { name } }: MeshCluster): Promise<KubeClient> => {
    const error = errors[name as Name];
    if (error !== undefined) throw error;
    return cluster(name, name === 'west' ? reach : '', options[name as Name]);
  };
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect };
  await using session = await openMesh({ text, name: 'mesh.yaml' }, ports);
  const report = await session.join('apac', { until: 'Check', probeImage: 'isthmus:1' });
  return { report, said: joinText(report, { source: sourceFlags({ file: 'mesh.yaml' }), color: false, next: 'Join' }) };
}

const again = 'When this is put right: isthmus join apac -f mesh.yaml';

test('where nothing is broken the next step is the join', async () => {
  const { report, said } = await joinSays({});
  expect(report).toMatchObject({ ok: true, findings: [] });
  expect(said).toContain('next: isthmus join apac -f mesh.yaml');
});

describe.each([
  ['context-not-found', 'there is no context est', 'choose one of east, west'],
  ['invalid-kubeconfig', 'the plug-in is of version v1alpha1', 'use v1beta1'],
  ['authentication-failed', 'the token is refused', 'log in again'],
  ['cluster-unreachable', 'connections are refused', 'start the API server'],
  ['timeout', 'no answer within 10 s', 'start the API server'],
] as const)('%s', (code, message, hint) => {
  const error = (name: Name): IsthmusError =>
    new IsthmusError(code, `cluster ${name}: ${message}`, {
      cluster: name,
      remedy: remedy`${hint}, then look with ${kubectl('--context', name, 'version')}`,
    });
  const step = (name: Name): string => `${hint}, then look with \`kubectl --context ${name} version\``;
  const isAbsence = code === 'cluster-unreachable' || code === 'timeout';

  test.each(['apac', 'west'] as const)('of %s keeps apac out, with its own next step', async (name) => {
    const { report, said } = await joinSays({ errors: { [name]: error(name) } });
    expect(report).toMatchObject({ ok: false, error: { code } });
    expect(said.split(`${name}: ${message}`)).toHaveLength(2);
    expect(said).toContain(step(name));
    expect(said).toContain(again);
  });

  test(`of a member is named once, ${isAbsence ? 'and keeps nobody out' : 'and ends any apply'}`, async () => {
    const { report, said } = await joinSays({ errors: { north: error('north') } });
    expect(report.ok).toBe(isAbsence);
    expect(said.split(`north: ${message}`)).toHaveLength(2);
    expect(said).toContain(step('north'));
    expect(said).toContain(isAbsence ? '(checked against west)\nnext: isthmus join apac' : again);
    expect(said.includes('nothing could be compared with north')).toBe(isAbsence);
  });
});

test('a network that is cut between the clusters is distinguished from an address that is wrong', async () => {
  const { report, said } = await joinSays({ reach: 'connect ETIMEDOUT' });
  expect(report.ok).toBe(false);
  expect(said).toContain(
    'pods of west do not reach the API server of apac at https://apac.invalid:6443: connect ETIMEDOUT',
  );
  expect(said).toContain('spec.peerServer of MeshCluster apac');
  expect(said).toContain('see what between the two clusters keeps packets out');
  expect(said).toContain(again);
});

test('a user without rights reads the first, how many more, and what prints the roles', async () => {
  const { report, said } = await joinSays({ options: { apac: { allows: ({ verb }) => verb === 'get' } } });
  expect(report).toMatchObject({ ok: false, error: { code: 'access-denied' } });
  expect(said).toMatch(/apac: .* may not .*; and \d+ more/);
  expect(said).toContain('`isthmus rbac apply -f mesh.yaml`');
  expect(said).toContain(again);
});

const ours = { 'app.kubernetes.io/managed-by': 'isthmus', 'isthmus.dev/mesh': 'shop' };
const inIstio = (name: string, labels: Readonly<Record<string, string>>) => ({
  name,
  namespace: 'istio-system',
  labels: { ...ours, ...labels },
});

test.each<[what: string, inWest: KubeObject, said: string | undefined]>([
  [
    'istiod scaled to 0',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: inIstio('istiod', { app: 'istiod' }),
      spec: { replicas: 0 },
    },
    undefined,
  ],
  [
    'a remote secret whose content is garbage',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: inIstio('istio-remote-secret-apac', { 'istio/multiCluster': 'true' }),
      data: { apac: 'Z2FyYmFnZQ==' },
    },
    'nothing to do: it is of this mesh, and `isthmus apply -f mesh.yaml` brings it to the new address',
  ],
  [
    'another network on the namespace of Istio',
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'istio-system', labels: { ...ours, 'topology.istio.io/network': 'other' } },
    },
    undefined,
  ],
])('%s in a member, which the apply of a join mends, keeps nobody out', async (_what, object, words) => {
  const { report, said } = await joinSays({ options: { west: { objects: [object] } } });
  expect(report.ok).toBe(true);
  expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (words === undefined) expect(report.findings).toEqual([]);
  else expect(said).toContain(words);
  expect(said).toContain('next: isthmus join apac -f mesh.yaml');
});

test('a namespace of the joining cluster that states another network is named, with what to do', async () => {
  const labels = { 'topology.istio.io/network': 'other' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system', labels } };
  const { report, said } = await joinSays({ options: { apac: { objects: [namespace] } } });
  expect(report.ok).toBe(false);
  expect(said).toContain(
    'apac: namespace istio-system says that its pods are on network other, and the mesh file says',
  );
  expect(said).toContain('take the label topology.istio.io/network off the namespace');
  expect(said).toContain(again);
});
