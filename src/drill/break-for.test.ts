import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { createFake } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { KubeObject } from '../objects/object.ts';
import { drillUndoName, entryRef, undoObjects, undoRef } from '../undo/undo-objects.ts';
import { breakFor } from './break-for.ts';
import type { DrillEvent } from './events.ts';

const gateway: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'istio-eastwestgateway', namespace: 'istio-system' },
  spec: { replicas: 2 },
};
const record = {
  version: 1 as const,
  mesh: 'shop',
  subject: 'drill',
  expiresAt: '2030-01-01T00:10:00Z',
  heartbeat: drillUndoName,
  entries: [],
  faults: [{ ref: entryRef(gateway), set: { spec: { replicas: 0 } }, restore: { spec: { replicas: 2 } } }],
};
const undo = undoObjects({ name: drillUndoName, cluster: 'west', image: 'isthmus:test', record });
const job = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'istio-system', name: drillUndoName };

/** What the requests that repair it are answered with, one after the other; left out, they succeed. */
type Refusals = readonly IsthmusError[];

async function drilled(refusals: Refusals = [], end: 'Interrupted' | 'Over' = 'Over') {
  const clock = handClock();
  const stop = new AbortController();
  const left = [...refusals];
  const scales: unknown[] = [];
  let isBroken = false;
  const client = createFake({
    cluster: 'west',
    objects: [gateway, ...undo],
    clock,
    intercept: async ({ verb, what }) => {
      if (verb !== 'raw' || !what.includes('PATCH') || !isBroken) return;
      const refusal = left.shift();
      if (refusal !== undefined) throw refusal;
    },
  });
  const scale = async (): Promise<unknown> => (await client.get(entryRef(gateway)))?.spec;
  const context = {
    mesh: 'shop',
    clients: new Map([['west', client]]),
    holder: 'drill by ann',
    clock,
    signal: stop.signal,
    report: ({ type }: Pick<DrillEvent, 'type'>) => {
      if (type !== 'Broken') return;
      isBroken = true;
      setImmediate(async () => {
        scales.push(await scale());
        if (end === 'Over') clock.advance(20_000);
        else stop.abort(new IsthmusError('cancelled', 'interrupted'));
      });
    },
  };
  const fault = { kind: 'gateway', cluster: 'west' } as const;
  const outcome = await breakFor(context, client, { fault, forMs: 20_000, record }).catch((error: unknown) => error);
  const isArmed = (await client.get(undoRef(drillUndoName))) !== undefined && (await client.get(job)) !== undefined;
  return { outcome, scales: [...scales, await scale()], isArmed };
}

const brokenThenWhole = [{ replicas: 0 }, { replicas: 2 }];
const conflict = new IsthmusError('conflict', 'the object has been modified');
const away = new IsthmusError('cluster-unreachable', 'the API server is down');

test('it is broken, repaired, and then nothing waits to repair it', async () => {
  const { outcome, scales, isArmed } = await drilled();
  expect(outcome).toMatchObject({
    result: { restored: ['Deployment istio-system/istio-eastwestgateway'], left: [] },
  });
  expect({ scales, isArmed }).toEqual({ scales: brokenThenWhole, isArmed: false });
});

test('an interrupted one is repaired as well', async () => {
  const { outcome, scales, isArmed } = await drilled([], 'Interrupted');
  expect(outcome).toMatchObject({ code: 'cancelled' });
  expect({ scales, isArmed }).toEqual({ scales: brokenThenWhole, isArmed: false });
});

test('a controller that writes the object meanwhile does not keep it broken', async () => {
  const { scales, isArmed } = await drilled([conflict, conflict]);
  expect({ scales, isArmed }).toEqual({ scales: brokenThenWhole, isArmed: false });
});

test.each([{ refusals: [away] }, { refusals: [conflict, conflict, conflict, conflict, conflict] }])(
  'what this process cannot repair is left to the undoer, by name',
  async ({ refusals }) => {
    const { outcome, scales, isArmed } = await drilled(refusals);
    expect(outcome).toMatchObject({
      code: refusals[0]?.code,
      message: expect.stringContaining('Deployment istio-system/istio-eastwestgateway of west may still be broken: '),
      remedy: expect.stringContaining('Job istio-system/isthmus-undo-drill repairs it at 2030-01-01T00:10:00Z'),
    });
    expect({ scales, isArmed }).toEqual({ scales: [{ replicas: 0 }, { replicas: 0 }], isArmed: true });
  },
);
