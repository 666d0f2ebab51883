import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import { absentPod, type PodState, podStateOf } from './pod-state.ts';

function stateOf(status: JsonObject): PodState {
  return podStateOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, status });
}

test('a pod that does not exist', () => {
  expect(podStateOf(undefined)).toBe(absentPod);
});

test('a pod that runs and is ready', () => {
  const status = {
    phase: 'Running',
    podIP: '10.0.0.1',
    conditions: [{ type: 'Ready', status: 'True' }],
    initContainerStatuses: [{ name: 'istio-init', ready: true, state: { terminated: { exitCode: 0 } } }],
    containerStatuses: [{ name: 'probe', ready: true, state: { running: {} } }],
  };
  expect(stateOf(status)).toMatchObject({ ready: true, started: true, failed: false, ip: '10.0.0.1' });
});

test('a pod that cannot be scheduled says why', () => {
  const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }];
  expect(stateOf({ phase: 'Pending', conditions })).toMatchObject({
    failed: false,
    blocked: true,
    detail: '0/1 nodes are available',
  });
});

test('an image that is being tried again may still come; one that never will is a failure', () => {
  const waiting = (reason: string): JsonObject => ({
    phase: 'Pending',
    containerStatuses: [{ name: 'probe', ready: false, state: { waiting: { reason, message: 'm' } } }],
  });
  expect(stateOf(waiting('ImagePullBackOff'))).toMatchObject({
    failed: false,
    started: false,
    blocked: true,
    detail: 'container probe waits: ImagePullBackOff: m',
  });
  expect(stateOf(waiting('ErrImageNeverPull'))).toMatchObject({ failed: true });
  const notFound = waiting('ImagePullBackOff');
  const message = 'Back-off pulling image "a/b:1": ErrImagePull: failed to resolve reference "a/b:1": not found';
  const containerStatuses = [{ name: 'probe', state: { waiting: { reason: 'ImagePullBackOff', message } } }];
  expect(stateOf({ ...notFound, containerStatuses })).toMatchObject({ failed: true, blocked: true });
  expect(stateOf(waiting('ContainerCreating')).detail).toBe('the pod is Pending; not ready: probe');
});

test('a probe that waits for its native sidecar', () => {
  const found = stateOf({
    phase: 'Pending',
    initContainerStatuses: [{ name: 'istio-proxy', ready: false, state: { running: {} } }],
    containerStatuses: [{ name: 'probe', ready: false, state: { waiting: { reason: 'PodInitializing' } } }],
  });
  expect(found).toMatchObject({
    waitsForSidecar: true,
    started: false,
    detail: 'the pod is Pending; not ready: istio-proxy, probe',
  });
});

test('a probe that ended badly has a log, and says with which code', () => {
  const state = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
  const found = stateOf({ phase: 'Failed', containerStatuses: [{ name: 'probe', ready: false, state }] });
  expect(found).toMatchObject({
    started: true,
    failed: true,
    detail: 'container probe ended with code 137 (OOMKilled)',
  });
});
