import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { IsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import type { KubeObject, ObjectRef } from '../../objects/object.ts';
import type { KubeClient, WatchEvent } from '../client.ts';
import { acquireLease } from '../lease.ts';
import { waitFor } from '../objects/wait.ts';

/** One promise of `KubeClient`, checked with a client and a namespace that is the case's own. */
export interface ContractCase {
  readonly name: string;
  readonly run: (client: KubeClient, namespace: string) => Promise<void>;
}

const fieldManager = 'isthmus';

function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

function refTo(namespace: string, name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

function failsWith(code: IsthmusError['code'], part: RegExp): (error: unknown) => true {
  return (error) => {
    ok(error instanceof IsthmusError, `expected an IsthmusError, got ${String(error)}`);
    equal(error.code, code, error.message);
    ok(part.test(error.message), `${error.message} does not match ${part}`);
    ok(error.cluster !== undefined, 'the error names no cluster');
    return true;
  };
}

const unknownKind = { apiVersion: 'nothing.example/v1', kind: 'Nothing' } as const;

/** What the fake and the client of a real API server do alike. */
export const contract: readonly ContractCase[] = [
  {
    name: 'get gives undefined for what does not exist, and for a kind that is unknown',
    run: async (client, namespace) => {
      equal(await client.get(refTo(namespace, 'absent')), undefined);
      equal(await client.get({ ...unknownKind, namespace, name: 'x' }), undefined);
      deepEqual(await client.list(unknownKind), []);
    },
  },
  {
    name: 'apply makes an object, leaves an equal one unchanged, and takes out what it no longer sets',
    run: async (client, namespace) => {
      const first = await client.apply(configMap(namespace, 'a', { one: '1', two: '2' }), { fieldManager });
      ok(first.metadata.uid !== undefined && first.metadata.resourceVersion !== undefined);
      const same = await client.apply(configMap(namespace, 'a', { one: '1', two: '2' }), { fieldManager });
      equal(same.metadata.resourceVersion, first.metadata.resourceVersion);
      const less = await client.apply(configMap(namespace, 'a', { one: '1' }), { fieldManager });
      deepEqual(less.data, { one: '1' });
      equal(less.metadata.uid, first.metadata.uid);
    },
  },
  {
    name: 'a dry run stores nothing and counts no write',
    run: async (client, namespace) => {
      const { writes } = client.counts();
      const result = await client.apply(configMap(namespace, 'a', { one: '1' }), { fieldManager, dryRun: 'All' });
      deepEqual(result.data, { one: '1' });
      equal(await client.get(refTo(namespace, 'a')), undefined);
      equal(client.counts().writes, writes);
    },
  },
  {
    name: 'apply refuses to change a field of another manager and names both, unless forced',
    run: async (client, namespace) => {
      await client.apply(configMap(namespace, 'a', { one: '1', two: '2' }), { fieldManager: 'helm' });
      await rejects(
        client.apply(configMap(namespace, 'a', { one: 'x' }), { fieldManager }),
        failsWith('conflict', /helm owns \.data\.one/),
      );
      const forced = await client.apply(configMap(namespace, 'a', { one: 'x' }), { fieldManager, conflicts: 'Force' });
      deepEqual(forced.data, { one: 'x', two: '2' });
    },
  },
  {
    name: 'apply with a resource version that is not the present one is a conflict',
    run: async (client, namespace) => {
      const first = await client.apply(configMap(namespace, 'a', { one: '1' }), { fieldManager });
      await client.apply(configMap(namespace, 'a', { one: '2' }), { fieldManager });
      const stale = configMap(namespace, 'a', { one: '3' });
      const { resourceVersion = '' } = first.metadata;
      await rejects(
        client.apply(
          { ...stale, metadata: { ...stale.metadata, resourceVersion } },
          { fieldManager, conflicts: 'Force' },
        ),
        failsWith('conflict', /modified/),
      );
    },
  },
  {
    name: 'apply with the UID of an object that is gone makes none',
    run: async (client, namespace) => {
      const { metadata } = await client.apply(configMap(namespace, 'a', {}), { fieldManager });
      await client.delete(refTo(namespace, 'a'));
      const again = configMap(namespace, 'a', {});
      const { uid = '' } = metadata;
      await rejects(
        client.apply({ ...again, metadata: { ...again.metadata, uid } }, { fieldManager, conflicts: 'Force' }),
        failsWith('conflict', /uid mismatch/),
      );
    },
  },
  {
    name: 'a write into a namespace that does not exist, or of an unknown kind, is not-found',
    run: async (client, namespace) => {
      await rejects(
        client.apply(configMap(`${namespace}-no`, 'a', {}), { fieldManager }),
        failsWith('not-found', /namespaces/),
      );
      const unknown = { ...unknownKind, metadata: { name: 'a', namespace } };
      await rejects(client.apply(unknown, { fieldManager }), failsWith('not-found', /does not know the kind Nothing/));
    },
  },
  {
    name: 'create refuses what exists already',
    run: async (client, namespace) => {
      await client.create(configMap(namespace, 'a', {}));
      await rejects(client.create(configMap(namespace, 'a', {})), failsWith('conflict', /already exists/));
    },
  },
  {
    name: 'list selects by label and field, within a namespace',
    run: async (client, namespace) => {
      const labelled = configMap(namespace, 'b', {});
      await client.apply(configMap(namespace, 'a', {}), { fieldManager });
      await client.apply({ ...labelled, metadata: { ...labelled.metadata, labels: { tier: 'x' } } }, { fieldManager });
      const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
      const names = async (options: { labelSelector?: string; fieldSelector?: string }): Promise<string[]> =>
        (await client.list(kind, { namespace, ...options })).map((object) => object.metadata.name).sort();
      ok((await names({})).includes('a'));
      deepEqual(await names({ labelSelector: 'tier=x' }), ['b']);
      deepEqual(await names({ labelSelector: 'tier in (x,y)' }), ['b']);
      deepEqual(await names({ fieldSelector: 'metadata.name=a' }), ['a']);
      const listed = await client.list(kind, { namespace, fieldSelector: 'metadata.name=a' });
      equal(listed[0]?.kind, 'ConfigMap');
      equal(listed[0]?.apiVersion, 'v1');
    },
  },
  {
    name: 'list gives metadata alone where nothing else is asked for, under the own kind of each object',
    run: async (client, namespace) => {
      const labelled = configMap(namespace, 'a', { one: '1' });
      const { metadata } = await client.apply(
        { ...labelled, metadata: { ...labelled.metadata, labels: { tier: 'x' }, annotations: { note: 'y' } } },
        { fieldManager },
      );
      const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
      const selection = { namespace, labelSelector: 'tier=x' };
      deepEqual(await client.list(kind, { ...selection, content: 'Metadata' }), [{ ...kind, metadata }]);
      deepEqual((await client.list(kind, selection))[0]?.data, { one: '1' });
    },
  },
  {
    name: 'delete gives deleted, then absent, and refuses another UID or an earlier state',
    run: async (client, namespace) => {
      const early = await client.apply(configMap(namespace, 'a', {}), { fieldManager });
      const made = await client.apply(configMap(namespace, 'a', { one: '1' }), { fieldManager });
      const { uid = '', resourceVersion = '' } = early.metadata;
      await rejects(client.delete(refTo(namespace, 'a'), { uid, resourceVersion }), failsWith('conflict', /ersion/));
      await rejects(client.delete(refTo(namespace, 'a'), { uid: 'another' }), failsWith('conflict', /UID/));
      equal(await client.delete(refTo(namespace, 'a'), { uid: made.metadata.uid ?? '' }), 'deleted');
      equal(await client.delete(refTo(namespace, 'a')), 'absent');
      equal(await client.delete({ ...unknownKind, namespace, name: 'a' }), 'absent');
    },
  },
  {
    name: 'a finalizer keeps a deleted object until it is taken out',
    run: async (client, namespace) => {
      const held = configMap(namespace, 'a', {});
      const finalizers = ['isthmus.dev/test'];
      await client.apply({ ...held, metadata: { ...held.metadata, finalizers } }, { fieldManager });
      await client.delete(refTo(namespace, 'a'));
      const dying = await client.get(refTo(namespace, 'a'));
      ok(dying?.metadata.deletionTimestamp !== undefined);
      await client.apply(held, { fieldManager });
      equal(await client.get(refTo(namespace, 'a')), undefined);
    },
  },
  {
    name: 'watch gives the state, then each change, and ends with its signal',
    run: async (client, namespace) => {
      await client.apply(configMap(namespace, 'a', { n: '0' }), { fieldManager });
      const ending = new AbortController();
      const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
      const seen: string[] = [];
      const watch = client.watch(kind, { namespace, fieldSelector: 'metadata.name=a', signal: ending.signal });
      for await (const event of watch) {
        seen.push(wordsOf(event));
        if (event.type === 'Listed') await client.apply(configMap(namespace, 'a', { n: '1' }), { fieldManager });
        if (event.type === 'Modified') await client.delete(refTo(namespace, 'a'));
        if (event.type === 'Deleted') ending.abort();
      }
      deepEqual(seen, ['Listed 1', 'Modified a', 'Deleted a']);
    },
  },
  {
    name: 'a watch of metadata alone says what changed and nothing of its content',
    run: async (client, namespace) => {
      await client.apply(configMap(namespace, 'a', { n: '0' }), { fieldManager });
      const ending = new AbortController();
      const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
      const seen: KubeObject[] = [];
      const fieldSelector = 'metadata.name=a';
      const watch = client.watch(kind, { namespace, fieldSelector, content: 'Metadata', signal: ending.signal });
      for await (const event of watch) {
        seen.push(...(event.type === 'Listed' ? event.objects : [event.object]));
        if (event.type === 'Listed') await client.apply(configMap(namespace, 'a', { n: '1' }), { fieldManager });
        if (event.type === 'Modified') ending.abort();
      }
      equal(seen.length, 2);
      for (const object of seen) deepEqual(Object.keys(object).toSorted(), ['apiVersion', 'kind', 'metadata']);
      ok(seen.every(({ kind: name, metadata }) => name === 'ConfigMap' && metadata.name === 'a'));
    },
  },
  {
    name: 'waitFor gives the object as soon as it is so, and says the last state when time is up',
    run: async (client, namespace) => {
      const until = (object: KubeObject | undefined): boolean => object !== undefined;
      const waiting = waitFor(client, refTo(namespace, 'a'), { until, timeoutMs: 20_000, clock: systemClock });
      await client.apply(configMap(namespace, 'a', {}), { fieldManager });
      equal((await waiting)?.metadata.name, 'a');
      const gone = {
        until: (object: KubeObject | undefined) => object === undefined,
        awaited: 'to be gone',
        timeoutMs: 300,
        clock: systemClock,
      };
      await rejects(
        waitFor(client, refTo(namespace, 'a'), { ...gone, describe: () => 'it is still there' }),
        failsWith('timeout', /to be gone; it is still there/),
      );
    },
  },
  {
    name: 'a Lease is held by one, and free again when it is given up',
    run: async (client, namespace) => {
      const lease = { namespace, name: 'writer', clock: systemClock };
      const first = await acquireLease(client, { ...lease, holder: 'ann' });
      await rejects(acquireLease(client, { ...lease, holder: 'bob' }), failsWith('lock-held', /held by ann until 2/));
      await first[Symbol.asyncDispose]();
      const second = await acquireLease(client, { ...lease, holder: 'bob' });
      ok(second.fence > first.fence);
      await second[Symbol.asyncDispose]();
    },
  },
  {
    name: 'raw reads the version',
    run: async (client) => {
      const version = await client.raw({ method: 'GET', path: '/version' });
      ok(typeof version === 'object' && version !== null && 'gitVersion' in version);
    },
  },
  {
    name: 'the log of a pod that does not exist is not-found',
    run: async (client, namespace) => {
      await rejects(client.logs({ namespace, name: 'absent' }), failsWith('not-found', /absent/));
      await rejects(client.forward({ namespace, name: 'absent' }, 80), failsWith('not-found', /absent/));
      const target = { pod: { namespace, name: 'absent' }, container: 'a', command: ['true'] };
      await rejects(client.exec(target), failsWith('not-found', /absent/));
    },
  },
];

function wordsOf(event: WatchEvent): string {
  return event.type === 'Listed' ? `Listed ${event.objects.length}` : `${event.type} ${event.object.metadata.name}`;
}
