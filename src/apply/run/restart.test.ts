import { expect, test } from 'vitest';
import { systemClock } from '../../base/system-clock.ts';
import { createFake } from '../../kube/testing/fake.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../../objects/object.ts';
import { restartOrphans } from './restart.ts';

const namespace = 'istio-system';
const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'istiod' };
const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'istiod', namespace },
  spec: {
    selector: { matchLabels: { app: 'istiod' } },
    template: { metadata: {}, spec: { serviceAccountName: 'istiod' } },
  },
};

/** When it was made, in seconds since the epoch. */
function madeAt(object: KubeObject, seconds: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, creationTimestamp: new Date(seconds * 1000).toISOString() } };
}

interface Times {
  readonly deployment: number;
  readonly pod: number;
  readonly account: number;
  /** When the account was made that the run saw at its start; left out: there was none. */
  readonly accountBefore?: number;
}

async function restarted(times: Times): Promise<{ restarted: boolean; calls: readonly string[] }> {
  const calls: string[] = [];
  const patches: string[] = [];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'istiod-1', namespace, labels: { app: 'istiod' } } };
  const { name } = account;
  const own = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
  let seconds = times.deployment;
  const client = createFake({
    clock: { ...systemClock, now: () => seconds * 1000 },
    objects: [deployment],
    intercept: ({ what }) => void calls.push(what),
    raw: ({ method, path }) => {
      patches.push(`${method} ${path}`);
      return {};
    },
  });
  seconds = times.pod;
  await client.create(pod);
  seconds = times.account;
  await client.create(own);
  const seen = new Map([[refKey(refOf(deployment)), madeAt(deployment, times.deployment)]]);
  if (times.accountBefore !== undefined) seen.set(refKey(account), madeAt(own, times.accountBefore));
  const before = (ref: ObjectRef): KubeObject | undefined => seen.get(refKey(ref));
  calls.length = 0;
  await restartOrphans({ client, clock: systemClock, signal: new AbortController().signal }, deployment, before);
  return { restarted: patches.includes('PATCH /apis/apps/v1/namespaces/istio-system/deployments/istiod'), calls };
}

test('pods that are older than their account are replaced, in this run and after one that was interrupted', async () => {
  expect((await restarted({ deployment: 1, pod: 2, account: 30 })).restarted).toBe(true);
  expect((await restarted({ deployment: 1, pod: 2, accountBefore: 30, account: 30 })).restarted).toBe(true);
  expect((await restarted({ deployment: 1, pod: 31, accountBefore: 30, account: 30 })).restarted).toBe(false);
});

test('where the account is older than its Deployment, nothing is asked', async () => {
  expect(await restarted({ deployment: 1, pod: 2, accountBefore: 1, account: 1 })).toEqual({
    restarted: false,
    calls: [],
  });
});
