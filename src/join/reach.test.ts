import { describe, expect, test } from 'vitest';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { KubeObject } from '../objects/object.ts';
import type { ReachLine } from '../probe/reach.ts';
import { type ReachSettings, reachFrom } from './reach.ts';

const target = { cluster: 'apac', server: 'https://198.51.100.7:6443', certificateAuthority: 'PEM' };

interface Played {
  readonly lines: readonly Omit<ReachLine, 'type' | 'cluster'>[];
  readonly status?: KubeObject['status'];
}

/** A cluster whose kubelet runs each pod at once; its log is what the test says. */
function cluster({ lines, status }: Played): FakeClient {
  const running = { containerStatuses: [{ name: 'probe', state: { running: {} } }] };
  const log = lines.map((line) => JSON.stringify({ type: 'reach', cluster: 'apac', ...line })).join('\n');
  const client = createFake({ cluster: 'west', logs: () => `${log}\n` });
  const create = client.create.bind(client);
  client.create = (object, options) =>
    create(object.kind === 'Pod' ? { ...object, status: status ?? running } : object, options);
  return client;
}

const settings: ReachSettings = {
  mesh: 'shop',
  joining: 'apac',
  image: 'isthmus:1',
  runId: 'ab12',
  clock: handClock({ instantUpTo: 1_000 }),
  signal: new AbortController().signal,
  patienceMs: 5_000,
};

async function findings(client: FakeClient, server = target.server): Promise<string[]> {
  const found = await reachFrom(client, [{ ...target, server }], settings);
  expect(client.objects().filter(({ metadata }) => metadata.name.startsWith('isthmus-join'))).toEqual([]);
  return found.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
}

describe('an API server, from a pod of another cluster', () => {
  test('is reached: no finding, and nothing is left of the pod', async () => {
    expect(await findings(cluster({ lines: [{ outcome: 'Reached', detail: 'HTTP 200' }] }))).toEqual([]);
  });

  test('is not reached, or is another one', async () => {
    expect(await findings(cluster({ lines: [{ outcome: 'NotReached', detail: 'ETIMEDOUT' }] }))).toEqual([
      'error join-unreachable: pods of west do not reach the API server of apac at https://198.51.100.7:6443: ETIMEDOUT',
    ]);
    expect(await findings(cluster({ lines: [{ outcome: 'Untrusted', detail: 'IP not in the list' }] }))).toEqual([
      'error join-unreachable: pods of west find another certificate at https://198.51.100.7:6443, the API server of apac: IP not in the list',
    ]);
  });

  test('cannot be tested where the pod does not start', async () => {
    const status = { containerStatuses: [{ name: 'probe', state: { waiting: { reason: 'ImagePullBackOff' } } }] };
    expect(await findings(cluster({ lines: [], status }))).toEqual([
      'warning join-unreachable: it is unknown whether pods of west reach the API server they need: container probe waits: ImagePullBackOff',
    ]);
  });

  test('is not waited for where the registry has no such image', async () => {
    const waiting = { reason: 'ErrImagePull', message: 'rpc error: code = NotFound desc = docker.io/x/y:1: not found' };
    const client = cluster({ lines: [], status: { containerStatuses: [{ name: 'probe', state: { waiting } }] } });
    const clock = handClock({ instantUpTo: 1_000 });
    const [finding] = await reachFrom(client, [target], { ...settings, clock });
    expect(finding).toMatchObject({ severity: 'warning', message: expect.stringContaining('not found') });
    expect(clock.monotonic()).toBe(0);
  });

  test('at an address that means every machine itself needs no pod', async () => {
    const client = cluster({ lines: [] });
    expect(await findings(client, 'https://127.0.0.1:6443')).toEqual([
      'error join-unreachable: west is to reach the API server of apac at https://127.0.0.1:6443, which means every machine itself',
    ]);
    expect(client.counts().writes).toBe(0);
  });
});
