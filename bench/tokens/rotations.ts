import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../lab/src/process/run.ts';
import { type Counted, loadProgram, lost } from './load.ts';

/** Two clusters of one mesh; each has a client of the service `hello-PEER`, whose pods are in the other one alone. */
export interface Pair {
  readonly clusters: readonly [string, string];
  /** Where kubectl and istioctl are. */
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** How the token with which `reader` reads `peer` is exchanged; resolves when the new one is in its remote secret. */
export type Rotate = (reader: string, peer: string, count: number) => Promise<void>;

export interface RotationResult {
  readonly rotations: number;
  readonly seconds: number;
  readonly sent: number;
  readonly lost: number;
  readonly failures: readonly Counted['failures'][];
}

/** From each cluster to the other. */
const requestsPerSecond = 100;
/** After each rotation: istiod reads the cluster again, and proxies hear of what resulted from it. */
const calmMs = 4_000;

/** Exchanges tokens in turn under a steady load, and counts the requests that were not answered. */
export async function underLoad(pair: Pair, rotations: number, rotate: Rotate): Promise<RotationResult> {
  const [first, second] = pair.clusters;
  const loads = [startLoad(pair, first, second), startLoad(pair, second, first)];
  await Promise.all(loads.map(({ ready }) => ready));
  const started = performance.now();
  try {
    await pause(calmMs, undefined, { signal: pair.signal });
    for (let count = 1; count <= rotations; count += 1) {
      const [reader, peer] = count % 2 === 0 ? [first, second] : [second, first];
      await rotate(reader, peer, count);
      await pause(calmMs, undefined, { signal: pair.signal });
    }
  } finally {
    for (const load of loads) load.stop();
  }
  const counted = await Promise.all(loads.map(({ counted: found }) => found));
  return {
    rotations,
    seconds: (performance.now() - started) / 1000,
    sent: counted.reduce((sum, { sent }) => sum + sent, 0),
    lost: counted.reduce((sum, one) => sum + lost(one), 0),
    failures: counted.map(({ failures }) => failures),
  };
}

interface Load {
  /** The service answers, and requests are counted from now on. */
  readonly ready: Promise<unknown>;
  readonly counted: Promise<Counted>;
  stop(): void;
}

function startLoad({ bin, env, signal }: Pair, from: string, to: string): Load {
  const inPod = ['exec', '-i', 'deploy/client', '-c', 'client', '--', 'node', '-e', loadProgram];
  const url = `http://hello-${to}:5000/hello`;
  const words = ['--context', from, '-n', 'sample', ...inPod, url, String(requestsPerSecond)];
  const child = spawn(join(bin, 'kubectl'), words, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    signal,
  });
  const lines = createInterface({ input: child.stdout });
  const said: string[] = [];
  lines.on('line', (line) => said.push(line));
  const ended = once(child, 'close');
  const counted = ended.then(() => JSON.parse(said.at(-1) ?? '') as Counted);
  counted.catch(() => undefined);
  const ready = Promise.race([
    once(lines, 'line'),
    ended.then(() => Promise.reject(new Error(`no load from ${from}`))),
  ]);
  ready.catch(() => undefined);
  return { ready, counted, stop: () => child.stdin.end() };
}

/** By the annotation that people use, and the operator that keeps the mesh of `home`. */
export function byOperator(pair: Pair, home: string, stamp: string): Rotate {
  return async (reader, peer, count) => {
    const value = `${stamp}-${count}`;
    const document = ['meshcluster', peer, '-n', 'isthmus-system'];
    await kubectl(pair, home, 'annotate', ...document, '--overwrite', `isthmus.dev/renew-token=${value}`);
    const path = "jsonpath={.metadata.annotations['isthmus\\.dev/renew-token']}";
    for (;;) {
      const found = await kubectl(pair, reader, 'get', ...secretOf(peer), '-o', path);
      if (found === value) return;
      await pause(200, undefined, { signal: pair.signal });
    }
  };
}

/**
 * As people do without an operator: istioctl makes no new token while there is one, and istiod takes no other while there is a
 * secret, so both are deleted first. The account is that of our mesh: the one of the chart is not installed.
 */
export function byIstioctl(pair: Pair): Rotate {
  const { bin, env, signal } = pair;
  return async (reader, peer) => {
    await kubectl(pair, reader, 'delete', ...secretOf(peer));
    const token = ['-n', 'istio-system', 'secret', 'isthmus-reader-istio-remote-secret-token'];
    await kubectl(pair, peer, 'delete', '--ignore-not-found', ...token);
    const words = ['create-remote-secret', '--context', peer, '--name', peer, '--service-account', 'isthmus-reader'];
    const secret = await run(join(bin, 'istioctl'), words, { env, signal });
    await run(join(bin, 'kubectl'), ['--context', reader, 'apply', '-f', '-'], { env, signal, input: secret });
  };
}

function secretOf(peer: string): readonly string[] {
  return ['-n', 'istio-system', 'secret', `istio-remote-secret-${peer}`];
}

async function kubectl({ bin, env, signal }: Pair, context: string, ...words: readonly string[]): Promise<string> {
  return await run(join(bin, 'kubectl'), ['--context', context, ...words], { env, signal });
}
