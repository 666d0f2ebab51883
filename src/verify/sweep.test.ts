import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import type { Json } from '../base/json.ts';
import { createFake, type FakeCall, type FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { KubeObject } from '../objects/object.ts';
import { managedByLabel, managedByValue, meshLabel } from '../objects/ownership.ts';
import { newClusterRun } from './cluster-run.ts';
import { expiresAnnotation, namespaceOf, type ProbeSpec, purposeLabel, purposeValue, supportOf } from './manifests.ts';
import { sweep } from './sweep.ts';

const verbs = ['list', 'delete'];
const served: Readonly<Record<string, Json>> = {
  '/apis': { groups: [{ name: 'apps', versions: [{ groupVersion: 'apps/v1' }] }] },
  '/api/v1': {
    resources: [
      { name: 'namespaces', kind: 'Namespace', namespaced: false, verbs },
      { name: 'services', kind: 'Service', namespaced: true, verbs },
      { name: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true, verbs },
      { name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs },
    ],
  },
  '/apis/apps/v1': { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs }] },
};

function specOf(namespace: string, expires = '2029-12-31T00:00:00Z'): ProbeSpec {
  const images = { image: 'probe', args: [], injectionLabels: {} };
  const times = { expires, clientSeconds: 60, lifetimeSeconds: 60 };
  return { mesh: 'shop', namespace, cluster: 'west', clusters: ['west'], ...images, ...times };
}

/** A cluster in which runs have made these namespaces, each with what a run puts there first. */
async function cluster(specs: readonly ProbeSpec[], intercept?: (call: FakeCall) => void): Promise<FakeClient> {
  const client = createFake({ clock: handClock(), raw: ({ path }) => served[path], ...(intercept && { intercept }) });
  for (const spec of specs) {
    for (const object of [namespaceOf(spec), ...supportOf(spec)]) {
      if (!object.apiVersion.startsWith('rbac')) await client.create(object);
    }
  }
  return client;
}

async function swept(client: FakeClient) {
  const run = newClusterRun({ name: 'west', network: 'us' }, client, specOf('isthmus-verify-now'), '');
  await sweep(run, client, { clock: handClock(), signal: new AbortController().signal });
  const { swept: names, spared } = run.state;
  return { swept: names, spared: Object.fromEntries(spared.map(({ namespace, reason }) => [namespace, reason])) };
}

const [first, second, third] = ['isthmus-verify-00000001', 'isthmus-join-0000000a', 'isthmus-verify-0000beef'] as const;

describe('a sweep', () => {
  test('deletes what runs made and has expired, and nothing else', async () => {
    const running = 'isthmus-verify-00000002';
    const client = await cluster([specOf(first), specOf(second), specOf(running, '2030-01-01T00:01:00Z')]);
    expect(await swept(client)).toEqual({ swept: [first, second], spared: {} });
    const names = client.objects().filter(({ kind }) => kind === 'Namespace');
    expect(names.map(({ metadata }) => metadata.name)).toEqual(['default', 'kube-system', 'kube-public', running]);
  });

  test('takes a label for nothing, whatever the name', async () => {
    const client = await cluster([specOf(first), specOf('isthmus-verify-left-alone'), specOf('production')]);
    const mark = (object: KubeObject): KubeObject => ({
      ...object,
      metadata: {
        ...object.metadata,
        labels: { [managedByLabel]: managedByValue, [meshLabel]: 'shop', [purposeLabel]: purposeValue },
        annotations: { [expiresAnnotation]: '2020-01-01T00:00:00Z' },
      },
    });
    for (const name of [second, 'kube-system']) {
      const ref = { apiVersion: 'v1', kind: 'Namespace', name };
      if (name === second) await client.apply({ ...ref, metadata: { name } }, { fieldManager: 'tenant' });
      client.change(ref, mark);
    }
    expect(await swept(client)).toEqual({
      swept: [first],
      spared: {
        'isthmus-verify-left-alone': 'its name is not that of a run',
        production: 'its name is not that of a run',
        'kube-system': 'its name is not that of a run',
        [second]: 'Isthmus did not label it',
      },
    });
  });

  test('spares a namespace that holds what no run put there', async () => {
    const client = await cluster([specOf(first), specOf(second)]);
    const inFirst = (name: string, metadata: object = {}): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: first, ...metadata },
    });
    for (const name of ['kube-root-ca.crt', 'istio-ca-root-cert', 'precious']) {
      await client.apply(inFirst(name), { fieldManager: 'somebody' });
    }
    expect(await swept(client)).toEqual({
      swept: [second],
      spared: { [first]: `it holds ConfigMap ${first}/precious` },
    });
    await client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: first, name: 'precious' });
    expect(await swept(client)).toEqual({ swept: [first], spared: {} });
  });

  test('goes on where one deletion is refused, and deletes only what it has looked at', async () => {
    const asked: FakeCall[] = [];
    const client = await cluster([specOf(first), specOf(second), specOf(third)], (call) => {
      asked.push(call);
      if (call.verb === 'delete' && call.what === `Namespace ${first}`) {
        throw new IsthmusError('access-denied', 'denied by policy');
      }
      // Somebody changes it while its content is read.
      if (call.verb === 'list' && call.kind === 'Deployment' && !changed) {
        changed = asked.some(({ what }) => what === `Namespace ${first}`);
        if (changed) client.change({ apiVersion: 'v1', kind: 'Namespace', name: second }, withTeam);
      }
    });
    let changed = false;
    const withTeam = (object: KubeObject): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, labels: { ...object.metadata.labels, team: 'a' } },
    });
    const { swept: names, spared } = await swept(client);
    expect(names).toEqual([third]);
    expect(spared[first]).toBe('denied by policy');
    expect(spared[second]).toContain('resourceVersion');
  });

  test('deletes nothing where a group that may hold objects gives no answer', async () => {
    const client = await cluster([specOf(first)], ({ what }) => {
      if (what === 'GET /apis/apps/v1') throw new IsthmusError('kubernetes-error', 'service unavailable');
    });
    expect(await swept(client)).toEqual({
      swept: [],
      spared: { [first]: 'nothing can be said of apps/v1: no answer' },
    });
  });

  test('that may not look for what earlier runs left says so', async () => {
    const client = await cluster([specOf(first)], ({ verb, kind }) => {
      if (verb === 'list' && kind === 'Namespace')
        throw new IsthmusError('access-denied', 'ann may not list namespaces');
    });
    const run = newClusterRun({ name: 'west', network: 'us' }, client, specOf('isthmus-verify-now'), '');
    await sweep(run, client, { clock: handClock(), signal: new AbortController().signal });
    expect(run.state).toMatchObject({ swept: [], spared: [], unswept: 'ann may not list namespaces' });
  });
});
