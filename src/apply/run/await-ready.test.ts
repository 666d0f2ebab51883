import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import type { JsonObject } from '../../base/json.ts';
import { createFake, type FakeOptions } from '../../kube/testing/fake.ts';
import { handClock } from '../../kube/testing/hand-clock.ts';
import type { KubeObject } from '../../objects/object.ts';
import { awaitRollout, poll } from './await-ready.ts';

test('a wait that goes on says every ten seconds for how long and why, and then that it is over', async () => {
  const clock = handClock({ instantUpTo: 100 });
  const said: string[] = [];
  const wait = {
    client: createFake(),
    clock,
    signal: new AbortController().signal,
    limitMs: 60_000,
    onWait: (what: string) => said.push(what),
    onReached: (what: string, afterMs: number) => said.push(`${what} after ${afterMs} ms`),
  };
  await poll(wait, 'the webhook answers', async () => (clock.monotonic() < 25_000 ? 'it refuses connections' : ''));
  expect(said).toEqual([
    'the webhook answers',
    'the webhook answers, for 10 s: it refuses connections',
    'the webhook answers, for 20 s: it refuses connections',
    'the webhook answers after 25000 ms',
  ]);
});

test('each wait has the whole limit, however long the waits before it took', async () => {
  const clock = handClock({ instantUpTo: 100 });
  const { signal } = new AbortController();
  const nothing = (): undefined => undefined;
  const wait = { client: createFake(), clock, signal, limitMs: 30_000, onWait: nothing, onReached: nothing };
  const until = (ms: number) => async () => (clock.monotonic() < ms ? 'it refuses connections' : '');
  await poll(wait, 'the first answers', until(25_000));
  await poll(wait, 'the second answers', until(50_000));
  const error = await poll(wait, 'the third answers', until(90_000)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('the third answers') });
  expect(clock.monotonic()).toBe(80_000);
});

describe('a Deployment that cannot become available', () => {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod' };
  const labels = { app: 'istiod' };
  const set: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'istiod-2',
      namespace: 'istio-system',
      labels: { ...labels, 'pod-template-hash': 'new' },
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    },
  };
  const deployment = (spec: JsonObject, conditions: readonly JsonObject[] = []): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'istiod',
      namespace: 'istio-system',
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    },
    spec: { replicas: 1, selector: { matchLabels: labels }, ...spec },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, conditions },
  });
  const pod = (status: JsonObject, hash = 'new'): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `istiod-${hash}`, namespace: 'istio-system', labels: { ...labels, 'pod-template-hash': hash } },
    status,
  });
  const waiting = (reason: string, message: string, restartCount = 0): JsonObject => ({
    containerStatuses: [{ name: 'discovery', restartCount, state: { waiting: { reason, message } } }],
  });
  const noImage = waiting('ErrImagePull', 'failed to pull: example/pilot:9.9: not found');

  const end = (...objects: readonly KubeObject[]) => endWith({ objects });

  async function endWith(cluster: FakeOptions) {
    const clock = handClock({ instantUpTo: 1000 });
    const said: string[] = [];
    const client = createFake({ clock, logs: () => 'starting\npanic: no certificate\n', ...cluster });
    const error = await awaitRollout(
      {
        client,
        clock,
        signal: new AbortController().signal,
        limitMs: 600_000,
        onWait: (what: string) => said.push(what),
        onReached: () => undefined,
      },
      ref,
    ).then(
      () => undefined,
      (thrown: unknown) => thrown as IsthmusError,
    );
    return { error, said, seconds: clock.monotonic() / 1000 };
  }

  test('a pod that no node takes is waited for while an autoscaler adds one', async () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' },
    ];
    const scaling: KubeObject = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'scaling', namespace: 'istio-system' },
      involvedObject: { name: 'istiod-new' },
      reason: 'TriggeredScaleUp',
    };
    const { error, seconds } = await end(set, deployment({}), pod({ conditions }), scaling);
    expect(seconds).toBe(600);
    expect(error).toMatchObject({ code: 'timeout' });
  });

  test('a pod that no node takes is waited for where it is not known whether one is added', async () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' },
    ];
    const { error, seconds } = await endWith({
      objects: [set, deployment({}), pod({ conditions })],
      intercept({ kind }) {
        if (kind === 'Event') throw new IsthmusError('access-denied', 'ann may not list events in istio-system');
      },
    });
    expect(seconds).toBe(600);
    expect(error).toMatchObject({ code: 'timeout' });
    expect(error?.message).toContain('whether a node is added is unknown: ann may not list events in istio-system');
  });

  test.each([
    ['it is scaled to 0', 0, [deployment({ replicas: 0 })]],
    ['its rollout is paused', 0, [deployment({ paused: true })]],
    ['container discovery waits: ErrImagePull: failed to pull: example/pilot:9.9: not found', 0, [pod(noImage)]],
    [
      'container discovery crashed 4 times; its log ends with: panic: no certificate',
      0,
      [pod(waiting('CrashLoopBackOff', 'back-off 1m20s', 4))],
    ],
    [
      'no pod is made: pods "istiod" is forbidden: exceeded quota: pods',
      15,
      [
        deployment({}, [
          { type: 'ReplicaFailure', status: 'True', message: 'pods "istiod" is forbidden: exceeded quota: pods' },
        ]),
      ],
    ],
    [
      'no node takes pod istiod-new: 0/1 nodes are available',
      60,
      [
        pod({
          conditions: [
            { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' },
          ],
        }),
      ],
    ],
  ])('%s: an error after %i s', async (text, after, objects) => {
    const all = objects.some(({ kind }) => kind === 'Deployment') ? objects : [deployment({}), ...objects];
    const { error, seconds, said } = await end(set, ...all);
    expect(error).toMatchObject({ code: 'rollout-stuck', cluster: 'west' });
    expect(error?.message).toContain('Deployment istio-system/istiod cannot become available: ');
    expect(error?.message).toContain(text);
    expect(seconds).toBe(after);
    expect(said.length).toBe(1 + Math.floor(Math.max(0, after - 1) / 10));
  });
});
