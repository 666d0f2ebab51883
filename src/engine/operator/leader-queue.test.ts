import { expect, test } from 'vitest';
import { debugPort } from '../../kube/testing/debug-port.ts';
import { createFake } from '../../kube/testing/fake.ts';
import { readLeaderQueue } from './leader-queue.ts';

const { signal } = new AbortController();
const leader = { holder: 'isthmus@isthmus-operator-7d-x/1/ab12', ageSeconds: 3, isExpired: false };

async function read(answer: unknown, of: typeof leader | null = leader) {
  const asked: string[] = [];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'isthmus-operator-7d-x', namespace: 'isthmus-system' },
  };
  const client = createFake({
    objects: [pod],
    forward: ({ namespace, name }, port) => {
      asked.push(`${namespace}/${name}:${port}`);
      return debugPort(() => answer);
    },
  });
  return { ...(await readLeaderQueue(client, of, signal)), asked };
}

test('the pod that leads is asked what it has to do', async () => {
  const item = { cluster: 'east', state: 'Waiting', failures: 2, sinceSeconds: 4, nextInSeconds: 9 };
  const working = { cluster: 'west', state: 'Working', failures: 0, sinceSeconds: 1 };
  expect(await read([item, working])).toEqual({
    queue: [item, working],
    asked: ['isthmus-system/isthmus-operator-7d-x:8080'],
  });
});

test.each([
  ['an answer of another form', { items: [] }],
  ['an item of another form', [{ cluster: 'east', state: 'Sleeping', failures: 0, sinceSeconds: 1 }]],
])('%s is not taken for an empty queue', async (_, answer) => {
  expect(await read(answer)).toMatchObject({ queue: null, queueUnread: 'isthmus-operator-7d-x tells nothing of it' });
});

test('nobody is asked where nobody leads, or where the leader is no pod', async () => {
  expect(await read([], null)).toEqual({ queue: null, asked: [] });
  expect(await read([], { ...leader, isExpired: true })).toEqual({ queue: null, asked: [] });
  expect(await read([], { ...leader, holder: 'ann' })).toEqual({
    queue: null,
    queueUnread: 'ann is no pod',
    asked: [],
  });
});

test('why it could not be asked is kept', async () => {
  expect(await readLeaderQueue(createFake(), leader, signal)).toMatchObject({
    queue: null,
    queueUnread: expect.any(String),
  });
});
