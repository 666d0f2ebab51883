import { expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { createFake, type FakeCall } from '../../kube/testing/fake.ts';
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
