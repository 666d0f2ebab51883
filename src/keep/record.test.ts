import { expect, test } from 'vitest';
import { valueAt } from '../base/json.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { KubeObject } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { createRecorder, type Happening, writeStatus } from './record.ts';

const happening: Happening = {
  about: { kind: 'MeshCluster', name: 'west', uid: 'u-1' },
  type: 'Warning',
  reason: 'Unreachable',
  action: 'Look',
  note: 'The API server does not answer.',
};
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } };
const sample = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: 'sample', namespace: systemNamespace },
};

function scene(intercept: () => void = () => undefined) {
  const clock = handClock();
  const client = createFake({ objects: [namespace, sample], clock, intercept });
  const ids = [1, 2, 3, 4, 5].values();
  const failures: unknown[] = [];
  const makeId = (): string => String(ids.next().value);
  const onFailure = (error: unknown): void => void failures.push(error);
  return { clock, client, failures, recorder: createRecorder({ client, clock, instance: 'pod', makeId, onFailure }) };
}

function eventsOf(client: FakeClient): readonly KubeObject[] {
  return client.objects().filter(({ kind, metadata }) => kind === 'Event' && metadata.name !== 'sample');
}

test('what happens again within ten minutes is one Event with a count', async () => {
  const { clock, client, recorder } = scene();
  for (let minute = 0; minute < 5; minute += 1) {
    await recorder.record(happening);
    await recorder.record(happening);
    clock.advance(60_000);
  }
  const events = eventsOf(client);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    reason: 'Unreachable',
    type: 'Warning',
    regarding: { kind: 'MeshCluster', name: 'west' },
  });
  expect(valueAt(events[0], ['series', 'count'])).toBe(9);
});

test('another reason, another note and another time are Events of their own', async () => {
  const { clock, client, recorder } = scene();
  await recorder.record(happening);
  await recorder.record({ ...happening, reason: 'Available' });
  await recorder.record({ ...happening, note: 'The credential is refused.' });
  clock.advance(600_001);
  await recorder.record(happening);
  expect(eventsOf(client).map(({ metadata }) => metadata.name)).toEqual(['west.1', 'west.2', 'west.3', 'west.4']);
});

test('an Event that cannot be written stops nothing', async () => {
  const { recorder, failures } = scene(() => {
    throw new Error('no');
  });
  await recorder.record(happening);
  expect(failures).toHaveLength(1);
});

test('a long note is cut to what an Event may have', async () => {
  const { client, recorder } = scene();
  await recorder.record({ ...happening, note: 'x'.repeat(5_000) });
  expect(String(eventsOf(client)[0]?.note)).toHaveLength(1_000);
});

test('a status leaves the spec to whoever wrote it, and is not written of what is gone', async () => {
  const document = {
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshCluster',
    metadata: { name: 'west', namespace: systemNamespace },
    spec: { network: 'us' },
  };
  const client = createFake({ objects: [document] });
  expect(
    await writeStatus(
      client,
      { kind: 'MeshCluster', name: 'west', namespace: systemNamespace },
      { phase: 'Available' },
    ),
  ).toBe(true);
  expect(client.objects().find(({ kind }) => kind === 'MeshCluster')).toMatchObject({
    spec: { network: 'us' },
    status: { phase: 'Available' },
  });
  expect(await writeStatus(client, { kind: 'MeshCluster', name: 'east', namespace: systemNamespace }, {})).toBe(false);
});
