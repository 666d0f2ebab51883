import { describe, expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { createFake, type FakeCall } from '../../kube/testing/fake.ts';
import { type KubeObject, refKey, refOf } from '../../objects/object.ts';
import { owned } from '../../objects/ownership.ts';
import type { DesiredObject } from '../../plan/change.ts';
import { createWriter, type Writer } from './writer.ts';

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
const wanted = Array.from({ length: 200 }, (_, index): DesiredObject => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${index}`, namespace: 'a' }, data: {} };
  return { object, ceded: [], ownership: 'Ours' };
});

function scene(intercept: (call: FakeCall) => void | Promise<void>) {
  const client = createFake({ objects: [namespace], intercept });
  const ending = new AbortController();
  const writer: Writer = createWriter({
    cluster: clusterName.parse('west'),
    client,
    mesh: 'shop',
    digest: (text) => String(text.length),
    drift: 'Repair',
    live: new Map(),
    signal: ending.signal,
    beforeWrite: async () => undefined,
  });
  const made = (): number => client.objects().filter(({ kind }) => kind === 'ConfigMap').length;
  return { writer, ending, made };
}

test('after an interruption the writes under way are finished, counted, and no other is begun', async () => {
  let begun = 0;
  const { writer, ending, made } = scene(async () => {
    begun += 1;
    if (begun === 10) ending.abort();
    await new Promise((resolve) => setImmediate(resolve));
  });
  await expect(writer.ensure(wanted)).rejects.toMatchObject({ code: 'cancelled' });
  expect(begun).toBeLessThan(wanted.length);
  expect(made()).toBe(begun);
  expect(writer.counts().created).toBe(made());
});

test('after a failure too', async () => {
  let begun = 0;
  const { writer, made } = scene(async () => {
    begun += 1;
    const mine = begun;
    await new Promise((resolve) => setImmediate(resolve));
    if (mine === 3) throw new IsthmusError('kubernetes-error', 'a quota is used up');
  });
  await expect(writer.ensure(wanted)).rejects.toMatchObject({ message: 'a quota is used up' });
  expect(begun).toBeLessThan(wanted.length);
  expect(made()).toBe(begun - 1);
  expect(writer.counts()).toEqual({ created: made(), configured: 0, unchanged: 0 });
});

describe('an update that the API server refuses', () => {
  const error = new IsthmusError('kubernetes-error', 'c1 is invalid');
  const objects = wanted.slice(0, 3).map(({ object }) => owned(object, 'shop'));
  const desired = objects.map((object): DesiredObject => ({ object, ceded: [], ownership: 'Ours' }));
  const writerFor = (live: readonly KubeObject[]): Writer =>
    createWriter({
      cluster: clusterName.parse('west'),
      client: createFake({
        objects: [namespace],
        intercept: ({ what }) => {
          if (what === 'ConfigMap a/c1') throw error;
        },
      }),
      mesh: 'shop',
      digest: (text) => String(text.length),
      drift: 'Repair',
      live: new Map(live.map((object) => [refKey(refOf(object)), object])),
      signal: new AbortController().signal,
      beforeWrite: async () => undefined,
    });

  test('costs that object alone where it may be passed over', async () => {
    const writer = writerFor(objects);
    await expect(writer.ensure(desired, 'PassOver')).resolves.toMatchObject({ configured: 2 });
    expect(writer.refusals()).toEqual([error]);
    await expect(writerFor(objects).ensure(desired)).rejects.toBe(error);
  });

  test('is an object that is there: a new one that is refused stops the rest', async () => {
    const writer = writerFor([]);
    await expect(writer.ensure(desired, 'PassOver')).rejects.toBe(error);
    expect(writer.refusals()).toEqual([]);
  });
});

test('bindings are written when the roles are there, which the API server looks at', async () => {
  const events: string[] = [];
  const { writer } = scene(async ({ what }) => {
    await new Promise((resolve) => setImmediate(resolve));
    events.push(what);
  });
  const kinds = ['ClusterRoleBinding', 'RoleBinding', 'ClusterRole', 'Role', 'ClusterRole'];
  const desired = kinds.map((kind, index): DesiredObject => {
    const metadata = { name: `r${index}`, ...(kind.startsWith('Cluster') ? {} : { namespace: 'a' }) };
    return {
      object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata },
      ceded: [],
      ownership: 'Ours',
    };
  });
  expect(await writer.ensure(desired)).toEqual({ created: 5, configured: 0, unchanged: 0 });
  expect(events.map((what) => what.split(' ')[0]).map((kind) => kind?.endsWith('Binding'))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
});
