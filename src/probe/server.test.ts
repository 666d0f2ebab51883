import { expect, test } from 'vitest';
import { systemClock } from '../base/system-clock.ts';
import type { ObjectRef } from '../objects/object.ts';
import { parseServerAnswer, type ServerPlan } from './protocol.ts';
import { runProbeServer, startAnswering } from './server.ts';
import { virtualClock } from './virtual-clock.ts';
import { nodeWire } from './wire.ts';

const plan: ServerPlan = {
  cluster: 'east',
  namespace: 'isthmus-verify-a',
  pod: 'server-east',
  port: 0,
  lifetimeSeconds: 60,
};

test('answers with its cluster and the certificate facts its sidecar passed on', async () => {
  const stop = new AbortController();
  const listening = Promise.withResolvers<number>();
  const running = runProbeServer({
    plan,
    clock: systemClock,
    kube: { delete: () => Promise.reject(new Error('not due')) },
    signal: stop.signal,
    onListening: listening.resolve,
  });
  const answer = await nodeWire.get({
    address: '127.0.0.1',
    port: await listening.promise,
    path: '/',
    timeoutMs: 2000,
  });
  expect(parseServerAnswer(answer.body)).toEqual({ cluster: 'east', pod: 'server-east', clientCertificate: null });
  stop.abort();
  await running;
});

test('closes no connection that a sidecar keeps for later requests', async () => {
  using answering = await startAnswering({ cluster: 'east', pod: 'server-east', port: 0 });
  const { headers } = await fetch(`http://127.0.0.1:${answering.port}/`);
  expect([headers.get('connection'), headers.get('keep-alive')]).toEqual(['keep-alive', null]);
});

test('deletes its own namespace when its lifetime is over, and again until it is ended', async () => {
  const stop = new AbortController();
  const clock = virtualClock();
  const deleted: [number, ObjectRef][] = [];
  await runProbeServer({
    plan,
    clock,
    kube: {
      delete: (ref) => {
        deleted.push([clock.monotonic(), ref]);
        if (deleted.length === 1) return Promise.reject(new Error('the API server is away'));
        stop.abort();
        return Promise.resolve('deleted');
      },
    },
    signal: stop.signal,
  });
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: 'isthmus-verify-a' };
  expect(deleted).toEqual([
    [60_000, ref],
    [65_000, ref],
  ]);
});
