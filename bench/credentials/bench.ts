import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { bundle } from '../../scripts/bundle.ts';
import { openContext } from '../../src/fleet/fleet.ts';
import { istioNamespace } from '../../src/istio/names.ts';
import { readerName } from '../../src/istio/reader.ts';
import { parseRemoteSecret } from '../../src/istio/remote-secret.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { multiClusterLabel } from '../../src/objects/multi-cluster.ts';
import { systemNamespace } from '../../src/objects/ownership.ts';
import { meshFile } from '../contenders/mesh-file.ts';
import { type ControlPlanes, onControlPlanes } from '../control-planes.ts';
import { readCpu, shareOfOthers } from '../cpu.ts';
import { emptyNamespaces } from '../empty-namespaces.ts';
import { machineFacts } from '../machine.ts';
import { processPorts } from '../process-ports.ts';
import { median } from '../statistics.ts';
import { table } from '../table.ts';
import { type TimedResult, timed } from '../timed-process.ts';
import { type CredentialsArguments, parseCredentialsArguments } from './arguments.ts';
import { resultText } from './report.ts';

const labName = 'bench-creds';
const ourLimitMs = 180_000;
const loopLimitMs = 3_600_000;

export interface BenchCredentialsOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** Connects every cluster with every other one in both ways, and prints the seconds and the ratio. */
export async function benchCredentials({ words, signal, print }: BenchCredentialsOptions): Promise<void> {
  const wanted = parseCredentialsArguments(words);
  await onControlPlanes({ name: labName, clusters: wanted.clusters, signal }, async (ground) => {
    print(table(await machineFacts(ground.lab.bin)));
    await using clients = await openAll(ground);
    await measure({ ground, clients: clients.all, wanted, print });
  });
}

interface Bench {
  readonly ground: ControlPlanes;
  readonly clients: readonly KubeClient[];
  readonly wanted: CredentialsArguments;
  readonly print: (text: string) => void;
}

async function measure({ ground, clients, wanted, print }: Bench): Promise<void> {
  const { clusters, folder, lab, signal } = ground;
  const all = clusters.length * (clusters.length - 1);
  print(`\n${clusters.length} clusters, ${all} remote secrets`);
  const program = resolve(import.meta.dirname, '../contenders/credentials.ts');
  await bundle({ credentials: program }, join(folder, 'dist'));
  const mesh = join(folder, 'mesh.yaml');
  await writeFile(mesh, meshFile(clusters));
  const timedRun = async (name: string, command: readonly [string, ...string[]]): Promise<TimedResult> => {
    await Promise.all(clients.map(async (client) => await emptied(client, signal)));
    const before = readCpu(lab.name);
    const [file, ...args] = command;
    const timeoutMs = name === 'isthmus' ? ourLimitMs : loopLimitMs;
    const result = await timed({ program: file, args, env: lab.env, signal, timeoutMs });
    if (result.code !== 0) throw failure(name, result);
    const after = readCpu(lab.name);
    const cpu = (after.own - before.own).toFixed(0);
    const others = (100 * shareOfOthers(before, after)).toFixed(0);
    print(
      `  ${name.padEnd(7)} ${result.seconds.toFixed(2).padStart(7)} s  (CPU time ${cpu} s; others had ${others} % of the machine)`,
    );
    return result;
  };
  const ours: number[] = [];
  while (ours.length < wanted.runs) {
    const { seconds, stdout } = await timedRun('isthmus', [
      process.execPath,
      join(folder, 'dist/credentials.js'),
      mesh,
    ]);
    await requireSecrets(clients, all);
    const { requests, writes } = counts.parse(JSON.parse(stdout));
    print(`          ${requests} requests, ${writes} writes`);
    ours.push(seconds);
  }
  const script = resolve(import.meta.dirname, '../contenders/remote-secrets.sh');
  const loop = await timedRun('loop', ['/bin/sh', script, String(wanted.pairs), ...clusters]);
  await requireSecrets(clients, wanted.pairs);
  print(resultText({ ours: median(ours), loop: loop.seconds, pairs: wanted.pairs, all }));
}

const counts = z.object({ requests: z.number(), writes: z.number() });

/** The state in which both begin: Istio's namespace is there and empty, and nothing of a reader's rights is left. */
async function emptied(client: KubeClient, signal: AbortSignal): Promise<void> {
  const rights = ['ClusterRole', 'ClusterRoleBinding'].map((kind) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    name: readerName,
  }));
  await Promise.all([
    emptyNamespaces(client, [istioNamespace, systemNamespace], signal),
    ...rights.map((ref) => client.delete(ref)),
  ]);
}

/** A benchmark of something that does not work would be worth nothing: every remote secret must be one. */
async function requireSecrets(clients: readonly KubeClient[], expected: number): Promise<void> {
  const labelSelector = `${multiClusterLabel}=true`;
  const lists = await Promise.all(
    clients.map((client) =>
      client.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace: istioNamespace, labelSelector }),
    ),
  );
  const usable = lists
    .flat()
    .flatMap(parseRemoteSecret)
    .filter((one) => one.readable && one.credential === 'Token' && one.hasAuthority);
  if (usable.length !== expected) throw new Error(`${usable.length} of ${expected} remote secrets are there`);
}

async function openAll({
  clusters,
  lab,
}: ControlPlanes): Promise<AsyncDisposable & { readonly all: readonly KubeClient[] }> {
  await using opened = new AsyncDisposableStack();
  const ports = processPorts(lab.env);
  const all = await Promise.all(clusters.map(async (context) => opened.use(await openContext(context, ports))));
  const owned = opened.move();
  return { all, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function failure(name: string, { code, lines }: TimedResult): Error {
  const shown = lines.slice(-20).map(({ text }) => text);
  return new Error(`${name} ended with code ${code}:\n${shown.join('\n')}`);
}
