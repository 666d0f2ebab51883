import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import { inNamespace } from '../../lab/src/network/namespaces.ts';
import { namespaceName } from '../../lab/src/state/paths.ts';

/** Everything that an API server stores, by key, as base64. */
export type Stored = ReadonlyMap<string, string>;

/** The etcd of a lab's cluster: a way to put a whole cluster back into an earlier state within a moment. */
export interface Etcd extends Disposable {
  read(): Promise<Stored>;
  /** Makes the cluster hold exactly that again. Its controllers must not be running. */
  restore(stored: Stored): Promise<void>;
}

export interface EtcdPlace {
  readonly lab: string;
  readonly cluster: string;
  /** Where the socket goes. */
  readonly folder: string;
}

/** What the API server keeps for itself, and changes at any time. */
const restless = /^\/registry\/(masterleases|events|apiserver\.|leases\/kube-system|configmaps\/kube-system)/;
/** etcd takes 128 operations in one transaction unless told otherwise. */
const operationsAtOnce = 100;

export async function openEtcd({ lab, cluster, folder }: EtcdPlace): Promise<Etcd> {
  const socket = join(folder, `etcd-${cluster}.sock`);
  const relay = join(import.meta.dirname, 'etcd-relay.ts');
  const [program, ...args] = inNamespace(namespaceName(lab, cluster), [process.execPath, relay, socket]);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`the relay to etcd ended with ${code}`)));
  });
  const read = async (): Promise<Stored> => {
    const range = { key: encode('/registry/'), range_end: encode('/registry0') };
    const { kvs = [] } = await call<{ kvs?: { key: string; value: string }[] }>(socket, 'range', range);
    return new Map(kvs.map(({ key, value }) => [decode(key), value] as const).filter(([key]) => !restless.test(key)));
  };
  return {
    read,
    async restore(stored) {
      const now = await read();
      const operations = [
        ...[...now.keys()]
          .filter((key) => !stored.has(key))
          .map((key) => ({ request_delete_range: { key: encode(key) } })),
        ...[...stored]
          .filter(([key, value]) => now.get(key) !== value)
          .map(([key, value]) => ({ request_put: { key: encode(key), value } })),
      ];
      for (let start = 0; start < operations.length; start += operationsAtOnce) {
        await call(socket, 'txn', { success: operations.slice(start, start + operationsAtOnce) });
      }
    },
    [Symbol.dispose]: () => child.stdin.end(),
  };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

/** One call of etcd's JSON gateway (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway). */
async function call<T>(socketPath: string, what: string, body: unknown): Promise<T> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method: 'POST', path: `/v3/kv/${what}`, timeout: 20_000 }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (incoming.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`etcd ${what}: ${incoming.statusCode} ${text}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}
