import { expect, test } from 'vitest';
import type { EventContent } from '../base/event.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import { newLedger, type RemovalContext } from './deletion.ts';
import type { RemovalEvent } from './events.ts';
import { fakeCluster, object } from './fake-cluster.ts';
import { deleteNamespace, namespaceProblems } from './namespace.ts';

const held = (finalizer: string): ReturnType<typeof object> =>
  object('example.com/v1/Widget shop/one', { metadata: { finalizers: [finalizer] } });

async function remove(
  finalizer: string,
): Promise<{ context: RemovalContext; events: EventContent<RemovalEvent>[]; left: string[] }> {
  const clock = handClock({ instantUpTo: 1_000 });
  const client = fakeCluster({ cluster: 'west', clock, objects: [held(finalizer)] });
  const events: EventContent<RemovalEvent>[] = [];
  const context: RemovalContext = {
    client,
    clock,
    signal: new AbortController().signal,
    deadline: 30_000,
    report: (event) => events.push(event),
    beforeWrite: () => Promise.resolve(),
    ledger: newLedger(),
  };
  const namespace = client.objects().find(({ metadata }) => metadata.name === 'shop');
  if (namespace === undefined) throw new Error('the fake has no namespace shop');
  await deleteNamespace(context, namespace);
  return { context, events, left: client.objects().map(({ metadata }) => metadata.name) };
}

test('a namespace that hangs on a finalizer of ours goes when that is taken off', async () => {
  const { context, events, left } = await remove('isthmus.dev/widget');
  expect(left).not.toContain('shop');
  expect(context.ledger.stripped).toHaveLength(1);
  expect(events.at(-1)).toEqual({ type: 'NamespaceRemoved', cluster: 'west', details: { namespace: 'shop' } });
});

test('one that hangs on a finalizer of another owner is reported once, and left when the time is up', async () => {
  const { context, events, left } = await remove('example.com/widget');
  expect(left).toContain('shop');
  expect(events).toEqual([
    {
      type: 'Blocked',
      cluster: 'west',
      details: { what: 'Namespace shop', by: ['Widget shop/one waits for example.com/widget'] },
    },
  ]);
  expect([...context.ledger.stuck.values()]).toMatchObject([
    { reason: 'it is still Terminating: Widget shop/one waits for example.com/widget' },
  ]);
});

test('its own conditions are shown as they are, those alone that hold', () => {
  const condition = (type: string, status: string): object => ({ type, status, message: `about ${type}` });
  const namespace = object('v1/Namespace shop', {
    status: {
      conditions: [
        condition('NamespaceDeletionDiscoveryFailure', 'True'),
        condition('NamespaceDeletionContentFailure', 'False'),
        condition('NamespaceContentRemaining', 'True'),
        condition('NamespaceFinalizersRemaining', 'True'),
        condition('Custom', 'True'),
      ],
    },
  });
  expect(namespaceProblems(namespace)).toEqual([
    'NamespaceDeletionDiscoveryFailure: about NamespaceDeletionDiscoveryFailure',
    'NamespaceContentRemaining: about NamespaceContentRemaining',
    'NamespaceFinalizersRemaining: about NamespaceFinalizersRemaining',
  ]);
  expect(namespaceProblems(object('v1/Namespace shop'))).toEqual([]);
});
