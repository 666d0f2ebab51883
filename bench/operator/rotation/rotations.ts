import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../../lab/src/process/run.ts';
import type { Ground } from '../../run.ts';
import { environmentOf, kubectl } from '../kept-mesh.ts';
import { type Counted, lost, startLoad } from './load.ts';
import type { Outcomes } from './outcomes.ts';

/** Two clusters of one mesh; each has a client of the service `hello-PEER`, whose pods are in the other one alone. */
export interface Pair {
  readonly clusters: readonly [string, string];
  readonly ground: Ground;
}

/** How the token with which `reader` reads `peer` is exchanged; resolves when the next exchange may begin. */
export type Rotate = (reader: string, peer: string, count: number) => Promise<void>;

export interface RotationResult {
  readonly rotations: number;
  readonly seconds: number;
  /** Of each rotation. */
  readonly each: readonly number[];
  readonly sent: number;
  readonly lost: number;
  readonly failures: readonly Counted['failures'][];
}

/** From each cluster to the other. */
const requestsPerSecond = 100;
/** After a rotation: istiod reads the cluster again, and proxies hear of what resulted from it. */
const calmMs = 4_000;

/** Exchanges tokens in turn under a steady load, and counts the requests that were not answered. */
export async function underLoad(pair: Pair, rotations: number, rotate: Rotate): Promise<RotationResult> {
  const [first, second] = pair.clusters;
  const { signal } = pair.ground;
  const load = (from: string, to: string) =>
    startLoad(pair.ground, { from, url: `http://hello-${to}:5000/hello`, perSecond: requestsPerSecond });
  const loads = [load(first, second), load(second, first)];
  await Promise.all(loads.map(({ ready }) => ready));
  const started = performance.now();
  const each: number[] = [];
  try {
    await pause(calmMs, undefined, { signal });
    for (let count = 1; count <= rotations; count += 1) {
      const [reader, peer] = count % 2 === 0 ? [first, second] : [second, first];
      const begun = performance.now();
      await rotate(reader, peer, count);
      each.push((performance.now() - begun) / 1000);
    }
    await pause(calmMs, undefined, { signal });
  } finally {
    for (const load of loads) load.stop();
  }
  const counted = await Promise.all(loads.map(({ counted: found }) => found));
  return {
    rotations,
    seconds: (performance.now() - started) / 1000,
    each,
    sent: counted.reduce((sum, { sent }) => sum + sent, 0),
    lost: counted.reduce((sum, one) => sum + lost(one), 0),
    failures: counted.map(({ failures }) => failures),
  };
}

/**
 * By the annotation that people use; the operator that keeps the mesh of `home` has compared what the istiods hold with before when
 * its log tells of it.
 */
export function byOperator({ ground }: Pair, home: string, outcomes: Outcomes): Rotate {
  return async (reader, peer, count) => {
    const exchanged = exchange(outcomes, reader, peer);
    const document = ['meshcluster', peer, '-n', 'isthmus-system'];
    await kubectl(ground, home, ['annotate', ...document, '--overwrite', `isthmus.dev/renew-token=bench-${count}`]);
    await within(exchanged, `${reader} reads ${peer} with a new token`, ground.signal).catch((error: unknown) => {
      throw new Error(`${String(error)}; the log of the operator ends with\n${outcomes.lastLines()}`);
    });
  };
}

/** What fails is tried again by itself. */
async function exchange(outcomes: Outcomes, reader: string, peer: string): Promise<void> {
  while ((await outcomes.next(reader, peer)) === 'Failed');
}

const rotationLimitMs = 300_000;

async function within(told: Promise<unknown>, what: string, signal: AbortSignal): Promise<void> {
  const ending = new AbortController();
  const bound = AbortSignal.any([signal, ending.signal]);
  const late = pause(rotationLimitMs, undefined, { signal: bound }).then(() => {
    throw new Error(`not so after ${rotationLimitMs / 1000} s: ${what}`);
  });
  late.catch(() => undefined);
  try {
    await Promise.race([told, late]);
  } finally {
    ending.abort();
  }
}

/**
 * As people do without an operator: istioctl makes no new token while there is one, and istiod takes no other while there is a
 * secret, so both are deleted first. The account is that of our mesh: the one of the chart is not installed.
 */
export function byIstioctl({ ground }: Pair): Rotate {
  const { lab, signal } = ground;
  return async (reader, peer) => {
    await kubectl(ground, reader, ['delete', ...secretOf(peer)]);
    const token = ['-n', 'istio-system', 'secret', 'isthmus-reader-istio-remote-secret-token'];
    await kubectl(ground, peer, ['delete', '--ignore-not-found', ...token]);
    const words = ['create-remote-secret', '--context', peer, '--name', peer, '--service-account', 'isthmus-reader'];
    const secret = await run(join(lab.bin, 'istioctl'), words, { env: environmentOf(ground), signal });
    await kubectl(ground, reader, ['apply', '-f', '-'], secret);
    await pause(calmMs, undefined, { signal });
  };
}

function secretOf(peer: string): readonly string[] {
  return ['-n', 'istio-system', 'secret', `istio-remote-secret-${peer}`];
}
