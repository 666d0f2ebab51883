import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { createFake } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { KubeObject } from '../objects/object.ts';
import { arm } from './arm.ts';
import { drillUndoName as name, undoerLabel } from './undo-objects.ts';

const namespace = 'istio-system';
const record = {
  version: 1 as const,
  ...{ mesh: 'shop', subject: 'reviews.sample', expiresAt: '2030-01-01T00:10:00Z', entries: [], faults: [] },
};

function undoerPod(pod: string, job: string): KubeObject {
  const labels = { [undoerLabel]: name, 'batch.kubernetes.io/controller-uid': job };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace, labels }, status: { phase: 'Running' } };
}

/** Arms beside the pod of an earlier undoer; the pod of the new one runs from the third look on, or never. */
async function armed(newOne: 'Runs' | 'Never') {
  const armedLine = `${JSON.stringify({ type: 'Armed', expiresAt: record.expiresAt })}\n`;
  const client = createFake({ objects: [undoerPod('earlier', 'another-job')], logs: () => armedLine });
  const clock = handClock({ instantUpTo: 500 });
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    await clock.sleep(ms, signal);
    if (newOne === 'Never' || clock.slept.length !== 2) return;
    const job = await client.get({ apiVersion: 'batch/v1', kind: 'Job', namespace, name });
    await client.create(undoerPod('new', job?.metadata.uid ?? ''));
  };
  const arming = {
    name,
    image: 'isthmus:test',
    record,
    refuse: (why: string) => new IsthmusError('drill-refused', why),
  };
  const ports = { clock: { ...clock, sleep }, signal: new AbortController().signal };
  const error = await arm(client, ports, arming).catch((thrown: unknown) => thrown);
  return { error, looks: clock.slept.length };
}

test('the pod of an earlier undoer, which still ends, is not taken for the new one', async () => {
  expect(await armed('Runs')).toEqual({ error: undefined, looks: 2 });
});

test('an undoer that does not run is refused, whatever an earlier one says', async () => {
  const { error } = await armed('Never');
  expect(error).toMatchObject({ code: 'drill-refused', message: expect.stringContaining('it has no pod') });
});
