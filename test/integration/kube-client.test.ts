import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../../lab/src/lab.ts';
import { type MeshCluster, meshCluster } from '../../src/api/mesh-cluster.ts';
import { valueAt } from '../../src/base/json.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { type Fleet, openFleet } from '../../src/fleet/fleet.ts';
import { mayI } from '../../src/fleet/identity.ts';
import { accessOfContext } from '../../src/kube/access/context.ts';
import { loadKubeconfig } from '../../src/kube/access/kubeconfig.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { waitFor } from '../../src/kube/objects/wait.ts';
import { contract } from '../../src/kube/testing/contract.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import { fieldManager } from '../../src/objects/ownership.ts';
import { describeRight } from '../../src/objects/right.ts';

let lab: Lab | undefined;
let fleet: Fleet | undefined;
let west: KubeClient;

const declared = (name: string, kubeconfig: string, context = name): MeshCluster =>
  meshCluster.parse({
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshCluster',
    metadata: { name },
    spec: { network: 'net', access: { kubeconfig, context } },
  });

const ports = { ...testPorts, crypto, homeFolder: '/', signal: new AbortController().signal };

beforeAll(async () => {
  lab = await startLab({
    name: 'kube',
    clusters: [
      { name: 'west', network: 'us' },
      { name: 'east', network: 'eu' },
    ],
    controlPlaneOnly: true,
  });
  fleet = await openFleet(
    ['west', 'east'].map((name) => declared(name, lab?.kubeconfig ?? '')),
    ports,
  );
  west = fleet.client('west');
});

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

async function namespace(name: string): Promise<string> {
  await west.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager });
  return name;
}

describe('a real API server keeps the contract of a client', () => {
  test.each(contract.map((item, index) => ({ ...item, index })))('$name', async ({ run, index }) => {
    await run(west, await namespace(`contract-${index}`));
  });
});

describe('a fleet of real clusters', () => {
  test('knows their versions, identities and who we are', () => {
    const [first, second] = fleet?.open ?? [];
    expect(first?.health.version).toMatch(/^v1\.\d+\.\d+/);
    expect(first?.health.identity).toMatch(/^[0-9a-f-]{36}$/);
    expect(first?.health.identity).not.toBe(second?.health.identity);
    expect(first?.health.user).toBeDefined();
  });

  test('finds out that two names are one cluster', async () => {
    const path = lab?.kubeconfig ?? '';
    const twice = openFleet([declared('west', path), declared('copy', path, 'west')], ports);
    await expect(twice).rejects.toMatchObject({ code: 'cluster-identity-conflict' });
  });
});

describe('a service account without rights', () => {
  async function weak(): Promise<KubeClient> {
    const name = await namespace('weak');
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'weak', namespace: name } };
    await west.apply(account, { fieldManager });
    const answer = await west.raw({
      method: 'POST',
      path: `/api/v1/namespaces/${name}/serviceaccounts/weak/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    });
    const config = await loadKubeconfig({ path: lab?.kubeconfig ?? '', environment: {}, homeFolder: '/' });
    const { certificate: _certificate, privateKey: _key, ...access } = accessOfContext(config, 'west', 'west');
    const token = { kind: 'Text', text: String(valueAt(answer, ['status', 'token'])) } as const;
    return connect(
      { ...access, certificate: undefined, privateKey: undefined, token },
      { ...testPorts, cluster: 'west' },
    );
  }

  test('hears what it may not do', async () => {
    await using client = await weak();
    await expect(client.list({ apiVersion: 'v1', kind: 'Secret' })).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringContaining('system:serviceaccount:weak:weak'),
    });
    const denied = await mayI(client, [
      { verb: 'create', group: 'apps', resource: 'deployments', namespace: 'weak' },
      { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' },
    ]);
    expect(denied.map(describeRight)).toEqual(['create deployments.apps in weak']);
  });

  test('a field that the kind does not have is refused by name', async () => {
    const wrong = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' }, dat: {} };
    await expect(west.apply(wrong, { fieldManager })).rejects.toMatchObject({
      code: 'kubernetes-error',
      message: expect.stringContaining('.dat'),
      remedy: expect.stringContaining('lacks the field'),
    });
  });
});

describe('custom resources', () => {
  const group = 'test.isthmus.dev';
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `wells.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Well', plural: 'wells', singular: 'well', listKind: 'WellList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { depth: { type: 'integer' } } } },
            },
          },
        },
      ],
    },
  };
  const well = {
    apiVersion: `${group}/v1`,
    kind: 'Well',
    metadata: { name: 'a', namespace: 'default' },
    spec: { depth: 3 },
  };

  test('work as soon as their definition is established, for who made it and for others', async () => {
    const east = fleet?.client('east');
    if (east === undefined) throw new Error('there is no cluster east');
    const config = await loadKubeconfig({ path: lab?.kubeconfig ?? '', environment: {}, homeFolder: '/' });
    await using other = await connect(accessOfContext(config, 'east', 'east'), { ...testPorts, cluster: 'east' });
    expect(await other.list(well)).toEqual([]);
    await east.apply(definition, { fieldManager });
    await waitFor(
      east,
      { ...definition, name: definition.metadata.name },
      {
        until: (object) => {
          const conditions = valueAt(object, ['status', 'conditions']);
          const list = Array.isArray(conditions) ? conditions : [];
          return list.some((item) => valueAt(item, ['type']) === 'Established' && valueAt(item, ['status']) === 'True');
        },
        clock: systemClock,
        timeoutMs: 30_000,
      },
    );
    const made = await east.apply(well, { fieldManager });
    expect(made.spec).toEqual({ depth: 3 });
    const ending = AbortSignal.timeout(60_000);
    for await (const event of other.watch(well, { namespace: 'default', signal: ending })) {
      if (event.type === 'Listed' && event.objects.length === 1) break;
    }
    expect(ending.aborted).toBe(false);
    await expect(east.apply({ ...well, spec: { deepness: 3 } }, { fieldManager })).rejects.toMatchObject({
      remedy: expect.stringContaining('lacks the field'),
    });
  });
});

test('a thousand objects: applied within the limits, listed in pages, deleted by UID', async () => {
  const name = await namespace('many');
  const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
  const names = Array.from({ length: 1_000 }, (_, index) => `many-${index}`);
  await Promise.all(
    names.map((one) =>
      west.apply({ ...kind, metadata: { name: one, namespace: name }, data: { a: one } }, { fieldManager }),
    ),
  );
  const listed = await west.list(kind, { namespace: name });
  const ours = listed.filter(({ metadata }) => metadata.name.startsWith('many-'));
  expect(new Set(ours.map(({ metadata }) => metadata.name)).size).toBe(1_000);
  const results = await Promise.all(
    ours.map(({ metadata }) =>
      west.delete({ ...kind, namespace: name, name: metadata.name }, { uid: metadata.uid ?? '' }),
    ),
  );
  expect(new Set(results)).toEqual(new Set(['deleted']));
});
