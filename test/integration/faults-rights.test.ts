import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyRights, homeRights, preflight } from '../../src/apply/refuse/preflight.ts';
import { applyExitCode } from '../../src/cli/apply/run.ts';
import { applyReport } from '../../src/engine/reporting/apply.ts';
import { createFleet } from '../../src/fleet/fleet.ts';
import { describeRight, mayI, type Right } from '../../src/fleet/identity.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { resolveTopology } from '../../src/topology/topology.ts';
import { eventually } from '../support/eventually.ts';
import { applyAs, meshOf, type OneCluster, startOneCluster, west } from '../support/one-cluster.ts';

let one: OneCluster;
beforeAll(async () => {
  one = await startOneCluster('int-faults');
});
afterAll(async () => {
  await one?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await one.etcd.restore(one.empty);
  for (const name of namespaces) {
    await one.direct.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  one.proxy.begin();
});

const namespaces = ['istio-system', 'isthmus-system'];
const rbac = 'rbac.authorization.k8s.io';
const subject = { kind: 'User', apiGroup: rbac, name: 'ann' };
const impersonate = { user: 'ann', uid: undefined, groups: [], extra: {} };
const needed = [...applyRights, ...homeRights];
const toGive: readonly Right[] = ['escalate', 'bind'].flatMap((verb) => [
  { verb, group: rbac, resource: 'clusterroles' },
  { verb, group: rbac, resource: 'roles', namespace: 'istio-system' },
]);

/** Makes these, all of one place, the only rights that ann has there. */
async function grantIn(namespace: string | undefined, rights: readonly Right[]): Promise<void> {
  const metadata = namespace === undefined ? { name: 'ann' } : { name: 'ann', namespace };
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const rules = rights.map(({ group, resource, verb }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
  }));
  const roleRef = { apiGroup: rbac, kind, name: 'ann' };
  const objects: readonly KubeObject[] = [
    { apiVersion: `${rbac}/v1`, kind, metadata, rules },
    { apiVersion: `${rbac}/v1`, kind: `${kind}Binding`, metadata, roleRef, subjects: [subject] },
  ];
  for (const object of objects) await one.direct.apply(object, { fieldManager: 'test' });
}

async function grant(rights: readonly Right[]): Promise<void> {
  for (const namespace of [undefined, ...namespaces]) {
    await grantIn(
      namespace,
      rights.filter((right) => right.namespace === namespace),
    );
  }
}

/** What the preflight of an apply by ann says. */
async function said(client: KubeClient): Promise<readonly string[]> {
  const declared = meshOf();
  const health = { version: 'v1.36.0', identity: undefined, user: 'ann' };
  const errors = await preflight(createFleet([{ name: west, state: 'Open', client, health }]), {
    home: west,
    topology: resolveTopology(declared),
    chosen: [west],
    purpose: 'Apply',
    signal: AbortSignal.timeout(20_000),
  });
  return errors.map(({ message }) => message);
}

/** Waits until those are denied and no others: the API server's authorizer learns of a changed role a moment later. */
async function eventuallyDenied(
  client: KubeClient,
  { asked, denied }: { readonly asked: readonly Right[]; readonly denied: readonly Right[] },
): Promise<void> {
  const look = async (): Promise<string | undefined> => {
    const found = await mayI(client, asked);
    return isDeepStrictEqual(found, denied) ? undefined : `denied: ${found.map(describeRight).join(', ')}`;
  };
  await eventually(look, { timeoutMs: 10_000, everyMs: 20 });
}

describe('the rights of an apply', () => {
  test('are asked for before anything is written: whichever is missing is the one that is named', async () => {
    await grant(needed);
    await using client = await connect({ ...one.admin, impersonate }, { ...testPorts, cluster: west });
    await eventuallyDenied(client, { asked: needed, denied: [] });
    for (const right of needed) {
      const ofPlace = needed.filter(({ namespace }) => namespace === right.namespace);
      await grantIn(
        right.namespace,
        ofPlace.filter((other) => other !== right),
      );
      await eventuallyDenied(client, { asked: [right], denied: [right] });
      expect(await said(client)).toEqual([`cluster west: ann may not ${describeRight(right)}`]);
      await grantIn(right.namespace, ofPlace);
      await eventuallyDenied(client, { asked: [right], denied: [] });
    }
    expect(client.counts().writes).toBe(0);
  });

  test('are all that it needs', async () => {
    await grant([...needed, ...toGive]);
    await using client = await one.connect({ access: { impersonate } });
    await eventuallyDenied(client, { asked: [...needed, ...toGive], denied: [] });
    const report = await applyAs(one, client);
    const { clusters } = report;
    expect(clusters).toMatchObject([{ outcome: 'Applied', unconnected: [] }]);
    expect(applyExitCode(applyReport(report), { signal: new AbortController().signal })).toBe(0);
  });

  test('do not suffice to give istiod rights that its maker does not have, which is said before anything is written', async () => {
    await grant(needed);
    await using client = await one.connect({ access: { impersonate } });
    await eventuallyDenied(client, { asked: needed, denied: [] });
    await expect(applyAs(one, client)).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(
        /may not give the rights that these roles give, .*; nothing was changed(\n {2}west: .*)*\n {2}west: ClusterRole istiod-clusterrole-istio-system/,
      ),
      remedy: expect.stringContaining('escalate and bind on clusterroles and roles'),
    });
    expect(one.proxy.requests.filter(({ isWrite }) => isWrite)).toEqual([]);
  });
});

describe('an object that is larger than Kubernetes can store', () => {
  const large = (object: Pick<KubeObject, 'apiVersion' | 'kind'>, field: object): KubeObject => ({
    ...object,
    metadata: { name: 'large', namespace: 'istio-system' },
    ...field,
  });
  const text = 'x'.repeat(1_600_000);

  test.each([
    {
      object: large({ apiVersion: 'v1', kind: 'ConfigMap' }, { data: { text } }),
      says: 'ConfigMap istio-system/large: 1.53 MiB of data, and at most 1 MiB can be stored',
    },
    {
      object: large({ apiVersion: 'v1', kind: 'ServiceAccount' }, { secrets: [{ name: text }] }),
      says: 'ServiceAccount istio-system/large: 1.53 MiB, and at most 1.5 MiB can be stored',
    },
  ])('($object.kind) is refused before anything is written', async ({ object, says }) => {
    await expect(one.direct.apply(object, { fieldManager: 'test' })).rejects.toMatchObject({
      code: 'kubernetes-error',
    });
    const { renderer } = one;
    const more = {
      ...renderer,
      render: async (...call) => [...(await renderer.render(...call)), object],
    } satisfies typeof renderer;
    await using client = await one.connect();
    await expect(applyAs(one, client, { renderer: more })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(`nothing was changed\n  west: ${says}`),
    });
    expect(one.proxy.requests.filter(({ isWrite }) => isWrite)).toEqual([]);
  });
});
