import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { systemClock } from '../../src/base/system-clock.ts';
import { preflight, rightsAsked } from '../../src/engine/preflight.ts';
import { createFleet } from '../../src/fleet/fleet.ts';
import { mayI } from '../../src/fleet/identity.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { describeRight, type Right } from '../../src/objects/right.ts';
import { rulesOf } from '../../src/rights/commands.ts';
import { rightsIn, rulesIn } from '../../src/rights/select.ts';
import { resolveMesh } from '../../src/topology/resolved-mesh.ts';
import { eventually } from './eventually.ts';
import { meshOf, type OneCluster, west } from './one-cluster.ts';

/** Namespaces in which an apply needs rights of its own. */
export const rightsNamespaces = ['istio-system', 'isthmus-system'];

const rbac = 'rbac.authorization.k8s.io';
const subject = { kind: 'User', apiGroup: rbac, name: 'ann' };
export const impersonate = { user: 'ann', uid: undefined, groups: [], extra: {} };
const mesh = resolveMesh(meshOf());
/** What the preflight of an apply asks for. */
export const needed: readonly Right[] = rightsAsked('Apply', mesh, west);
/** All that an apply may do. */
export const allOfApply: readonly Right[] = rightsIn(rulesIn(rulesOf('apply'), mesh, west));
export const toGive: readonly Right[] = ['escalate', 'bind'].flatMap((verb) => [
  { verb, group: rbac, resource: 'clusterroles' },
  { verb, group: rbac, resource: 'roles', namespace: 'istio-system' },
]);

/** Makes these, all of one place, the only rights that ann has there. */
async function grantIn(one: OneCluster, namespace: string | undefined, rights: readonly Right[]): Promise<void> {
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

export async function grant(one: OneCluster, rights: readonly Right[]): Promise<void> {
  for (const namespace of [undefined, ...rightsNamespaces]) {
    await grantIn(
      one,
      namespace,
      rights.filter((right) => right.namespace === namespace),
    );
  }
}

/** What the preflight of an apply by ann says. */
async function said(client: KubeClient): Promise<readonly string[]> {
  const health = { version: 'v1.36.0', identity: undefined, user: 'ann' };
  const { findings } = await preflight(createFleet([{ name: west, state: 'Open', client, health }]), {
    mesh,
    chosen: [west],
    purpose: 'Apply',
    clock: systemClock,
    signal: AbortSignal.timeout(20_000),
  });
  return findings.map(({ cluster, message }) => `cluster ${cluster}: ${message}`);
}

/** Waits until those are denied and no others: the API server's authorizer learns of a changed role a moment later. */
export async function eventuallyDenied(
  client: KubeClient,
  { asked, denied }: { readonly asked: readonly Right[]; readonly denied: readonly Right[] },
): Promise<void> {
  const look = async (): Promise<string | undefined> => {
    const found = await mayI(client, asked);
    return isDeepStrictEqual(found, denied) ? undefined : `denied: ${found.map(describeRight).join(', ')}`;
  };
  await eventually(look, { timeoutMs: 10_000, everyMs: 20 });
}

/** Takes rights from ann, one at a time: an apply must name it, and write nothing. */
export async function missOneByOne(one: OneCluster, rights: readonly Right[]): Promise<void> {
  await grant(one, needed);
  await using client = await connect({ ...one.admin, impersonate }, { ...testPorts, cluster: west });
  await eventuallyDenied(client, { asked: needed, denied: [] });
  for (const right of rights) {
    const ofPlace = needed.filter(({ namespace }) => namespace === right.namespace);
    await grantIn(
      one,
      right.namespace,
      ofPlace.filter((other) => other !== right),
    );
    await eventuallyDenied(client, { asked: [right], denied: [right] });
    expect(await said(client)).toEqual([`cluster west: ann may not ${describeRight(right)}`]);
    await grantIn(one, right.namespace, ofPlace);
    await eventuallyDenied(client, { asked: [right], denied: [] });
  }
  expect(client.counts().writes).toBe(0);
}
