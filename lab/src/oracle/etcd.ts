import { z } from 'zod';
import { IsthmusError } from '../../../src/base/error.ts';

const keysSchema = z.object({
  kvs: z.array(z.object({ key: z.string(), mod_revision: z.string() })).optional(),
});
const writeSchema = z.object({ header: z.object({ revision: z.string() }) });

const requestTimeoutMs = 20_000;

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function post(url: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  throw new IsthmusError('internal', `etcd answered ${answer.status}: ${text.slice(0, 300)}`);
}

/** Every key that begins with the prefix, with the revision at which it was written last. */
export async function keysBelow(etcd: string, prefix: string): Promise<ReadonlyMap<string, string>> {
  // The range ends before the first key that is greater than all with the prefix ('0' follows '/').
  const body = { key: encode(prefix), range_end: encode(`${prefix.slice(0, -1)}0`), keys_only: true };
  const { kvs = [] } = keysSchema.parse(await post(`${etcd}/v3/kv/range`, body));
  return new Map(kvs.map(({ key, mod_revision }) => [Buffer.from(key, 'base64').toString(), mod_revision]));
}

export interface EtcdWrites {
  readonly puts: ReadonlyMap<string, string>;
  readonly deletes: readonly string[];
}

/** Writes and deletes all of it at one revision, which it gives back. */
export async function writeAll(etcd: string, { puts, deletes }: EtcdWrites): Promise<string> {
  const success = [
    ...Array.from(puts, ([key, value]) => ({ request_put: { key: encode(key), value: encode(value) } })),
    ...deletes.map((key) => ({ request_delete_range: { key: encode(key) } })),
  ];
  return writeSchema.parse(await post(`${etcd}/v3/kv/txn`, { success })).header.revision;
}

/** True where etcd answers. */
export async function etcdAnswers(etcd: string): Promise<boolean> {
  const answer = await fetch(`${etcd}/health`, { signal: AbortSignal.timeout(requestTimeoutMs) });
  await answer.text();
  return answer.ok;
}
