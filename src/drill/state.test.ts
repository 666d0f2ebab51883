import { expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { drillAnnotations } from '../undo/drill-note.ts';
import { drillUndoName, entryRef, undoObjects } from '../undo/undo-objects.ts';
import { readDrill } from './state.ts';

const start = Date.parse('2030-01-01T00:00:00Z');
const note = { fault: 'gateway:west', forMs: 60_000 };
const record = {
  version: 1 as const,
  mesh: 'shop',
  subject: 'drill',
  expiresAt: '2030-01-01T00:06:30.000Z',
  heartbeat: drillUndoName,
  entries: [],
  faults: [{ ref: entryRef(gateway(2)), set: { spec: { replicas: 0 } }, restore: { spec: { replicas: 2 } } }],
};

function gateway(replicas: number): KubeObject {
  const metadata = { name: 'istio-eastwestgateway', namespace: 'istio-system' };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas } };
}

/** A Lease that was taken and renewed so many seconds after the start by the holder's clock, which is an hour fast. */
function lease(acquired: number, renewed: number, holderIdentity = 'ann@laptop'): KubeObject {
  const byHolder = (seconds: number): string => new Date(start + 3_600_000 + seconds * 1000).toISOString();
  const stamped = new Date(start + renewed * 1000).toISOString();
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: drillUndoName,
      namespace: 'istio-system',
      managedFields: [{ manager: 'isthmus', time: stamped }],
    },
    spec: { holderIdentity, acquireTime: byHolder(acquired), renewTime: byHolder(renewed) },
  };
}

interface Seen {
  readonly replicas: number;
  readonly lease?: KubeObject;
  /** Seconds after the start. */
  readonly at: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

async function seen({ replicas, lease: taken, at, annotations = drillAnnotations(note) }: Seen) {
  const undo = undoObjects({ name: drillUndoName, cluster: 'west', image: 'isthmus:test', record, annotations });
  const fake = createFake({ cluster: 'west', objects: [gateway(replicas), ...undo] });
  // The stamps of a fake are its own.
  const get: typeof fake.get = async (ref, options) => (ref.kind === 'Lease' ? taken : await fake.get(ref, options));
  const clock = { now: () => start + at * 1000 };
  return await readDrill({ ...fake, get }, { clock, signal: new AbortController().signal });
}

test('a cluster without a record has no drill', async () => {
  const look = { clock: { now: () => start }, signal: new AbortController().signal };
  expect(await readDrill(createFake({ objects: [gateway(2)] }), look)).toBeUndefined();
});

test('what is broken by a process that lives ends when it says, by the clock of the server', async () => {
  expect(await seen({ replicas: 0, lease: lease(10, 25), at: 30 })).toEqual({
    mesh: 'shop',
    phase: 'Broken',
    fault: 'gateway:west',
    refs: [entryRef(gateway(2))],
    holder: 'ann@laptop',
    brokenAt: start + 10_000,
    endsAt: start + 70_000,
    undoneAt: Date.parse(record.expiresAt),
  });
});

test('before it is broken it is armed, and after it, where the process is gone, something is left', async () => {
  expect(await seen({ replicas: 2, at: 5 })).toMatchObject({ phase: 'Armed', holder: undefined, endsAt: undefined });
  expect(await seen({ replicas: 2, lease: lease(10, 25), at: 41 })).toMatchObject({ phase: 'Left', holder: undefined });
  expect(await seen({ replicas: 2, at: 391 })).toMatchObject({ phase: 'Left' });
});

test('a process that is silent for 15 seconds leaves the repair to the pod, and one whose time is over does too', async () => {
  expect(await seen({ replicas: 0, lease: lease(10, 25), at: 40 })).toMatchObject({ phase: 'Broken' });
  // It gives the Lease back and repairs it then.
  expect(await seen({ replicas: 0, lease: lease(10, 25, ''), at: 41 })).toMatchObject({ phase: 'Broken' });
  for (const { taken, at } of [
    { taken: lease(10, 25), at: 41 },
    { taken: lease(10, 389), at: 391 },
  ]) {
    expect(await seen({ replicas: 0, lease: taken, at })).toMatchObject({ phase: 'Repairing' });
  }
});

test('a note that is missing or no note of ours is not known, and the rest is', async () => {
  for (const text of ['', '{', '{"fault":"gateway:west","forMs":1e9}', `{"fault":"${'x'.repeat(401)}","forMs":1000}`]) {
    const annotations = { 'isthmus.dev/drill': text };
    const state = await seen({ replicas: 0, lease: lease(10, 25), at: 30, annotations });
    expect(state).toMatchObject({ phase: 'Broken', fault: undefined, brokenAt: start + 10_000, endsAt: undefined });
  }
});
