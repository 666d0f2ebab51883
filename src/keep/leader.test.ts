import { expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { becomeLeader } from './leader.ts';

const objects = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } }];

function candidate(holder: string, clock = handClock({ instantUpTo: 4_000 })) {
  const waiting: string[] = [];
  const ending = new AbortController();
  const onWaiting = (message: string): void => void waiting.push(message);
  const given = { namespace: systemNamespace, lease: 'isthmus-operator', holder, clock, random: () => 0, onWaiting };
  return { waiting, ending, given: { ...given, signal: ending.signal } };
}

test('one leads, and another when the first has given up', async () => {
  const client = createFake({ objects });
  const first = await becomeLeader(client, candidate('a').given);
  const { given, waiting } = candidate('b');
  const next = becomeLeader(client, {
    ...given,
    onWaiting: (message) => {
      given.onWaiting(message);
      void first[Symbol.asyncDispose]();
    },
  });
  const second = await next;
  expect(waiting).toHaveLength(1);
  expect(waiting[0]).toContain('held by a');
  expect(second.fence).toBeGreaterThan(first.fence);
  await second[Symbol.asyncDispose]();
});

test('a home cluster that is away is waited for', async () => {
  let attempts = 0;
  const client = createFake({
    objects,
    intercept: async () => {
      attempts += 1;
      const { IsthmusError } = await import('../base/error.ts');
      if (attempts < 3) throw new IsthmusError('cluster-unreachable', 'refuses connections', { retry: true });
    },
  });
  const { given, waiting } = candidate('a');
  await using _ = await becomeLeader(client, given);
  expect(waiting).toEqual(['refuses connections']);
});

test('the wait ends with its signal', async () => {
  const client = createFake({ objects });
  await using _ = await becomeLeader(client, candidate('a').given);
  const { given, ending } = candidate('b', handClock());
  const waiting = becomeLeader(client, { ...given, onWaiting: () => ending.abort(new Error('over')) });
  await expect(waiting).rejects.toThrow('over');
});
