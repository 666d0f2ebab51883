import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeProgramsFolder } from '../../lab/istio/programs-folder.ts';
import { run } from '../../lab/src/process/run.ts';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { apiVersion } from '../../src/api/mesh.ts';
import { isJsonObject, valueAt } from '../../src/base/json.ts';
import { openContext } from '../../src/fleet/fleet.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { type KindRef, type ObjectRef, refOf } from '../../src/objects/object.ts';
import { meshLabel, systemNamespace } from '../../src/objects/ownership.ts';
import { onFreshLab } from '../fresh-lab.ts';
import { machineFacts } from '../machine.ts';
import { processPorts } from '../process-ports.ts';
import type { Ground } from '../run.ts';
import { quantile } from '../statistics.ts';
import { table } from '../table.ts';
import { timed } from '../timed-process.ts';
import { parseOperatorArguments } from './arguments.ts';
import { type RunningOperator, startOperator } from './process.ts';

export interface BenchOperatorOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

const program = resolve(import.meta.dirname, '../../dist/isthmus.js');
const limitMs = 300_000;
/** Between two deletions, so that one restoration has ended before the next begins. */
const betweenMs = 2_000;
/** From the last change to the count of idle requests. */
const calmMs = 150_000;
const [home, remote] = ['c1', 'c2'];
const meshName = 'bench';

/** What may go for a moment without an effect on what runs. */
const kinds: readonly KindRef[] = [
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
];

/** Two clusters kept by an operator: how fast a deleted object is there again, and what an idle operator asks for. */
export async function benchOperator({ words, signal, print }: BenchOperatorOptions): Promise<void> {
  const { deletions, idleSeconds } = parseOperatorArguments(words);
  const root = resolve(import.meta.dirname, '../..');
  await run(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, signal, timeoutMs: limitMs });
  const { bin } = await toolPaths();
  await onFreshLab({ clusters: 2, istioctl: '', signal }, async (ground) => {
    writeProgramsFolder(join(ground.work, 'programs'), bin);
    print(table(await machineFacts(bin)));
    print(`load average ${loadavg()[0]?.toFixed(1)} at the start`);
    await using operator = await keptMesh({ ...ground, istioctl: join(ground.work, 'programs/istioctl') });
    await using client = await openContext(remote, processPorts(ground.lab.env));
    const times = await restorations(client, deletions, signal);
    print(restoredText(times));
    await pause(calmMs, undefined, { signal });
    const before = await operator.figures();
    await pause(idleSeconds * 1000, undefined, { signal });
    print(idleText(before, await operator.figures(), idleSeconds));
  });
}

/** The mesh as `isthmus apply` makes it, and then an operator that keeps it. */
async function keptMesh(ground: Ground): Promise<RunningOperator> {
  const file = join(ground.work, 'mesh.yaml');
  await writeFile(file, meshText());
  await isthmus(ground, ['apply', '-f', file]);
  await isthmus(ground, ['operator', 'grant', '--context', remote, '--home', home]);
  const env = environmentOf(ground);
  const operator = await startOperator({ program, home, env, signal: ground.signal });
  try {
    await using client = await openContext(home, processPorts(ground.lab.env));
    for (const name of [home, remote]) await untilAvailable(client, name, ground.signal);
    return operator;
  } catch (error) {
    await operator[Symbol.asyncDispose]();
    throw error;
  }
}

function meshText(): string {
  const mesh = { kind: 'Mesh', metadata: { name: meshName }, spec: { home, istio: { version: '1.31' } } };
  const clusters = [home, remote].map((name) => ({
    kind: 'MeshCluster',
    metadata: { name },
    spec: { network: name, gateway: {} },
  }));
  return [mesh, ...clusters].map((document) => JSON.stringify({ apiVersion, ...document })).join('\n---\n');
}

function environmentOf({ lab, work, istioctl }: Ground): Readonly<Record<string, string>> {
  return {
    ...lab.env,
    ISTHMUS_ISTIOCTL: istioctl,
    XDG_STATE_HOME: join(work, 'state'),
    XDG_CACHE_HOME: join(work, 'cache'),
  };
}

async function isthmus(ground: Ground, args: readonly string[]): Promise<void> {
  const { signal } = ground;
  const words = [program, ...args];
  const result = await timed({
    program: process.execPath,
    args: words,
    env: environmentOf(ground),
    signal,
    timeoutMs: limitMs,
  });
  if (result.code === 0) return;
  const said = result.lines.map(({ text }) => text).join('\n');
  throw new Error(`isthmus ${args.join(' ')} ended with code ${result.code}:\n${said}`);
}

async function untilAvailable(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  const kind = { apiVersion, kind: 'MeshCluster' };
  const selection = { namespace: systemNamespace, fieldSelector: `metadata.name=${name}` };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  for await (const event of client.watch(kind, { ...selection, signal: limit })) {
    const [object] = event.type === 'Listed' ? event.objects : [event.object];
    const conditions = object === undefined ? undefined : valueAt(object, ['status', 'conditions']);
    const isTrue = (one: unknown): boolean => isJsonObject(one) && one.type === 'Available' && one.status === 'True';
    if (Array.isArray(conditions) && conditions.some(isTrue)) return;
  }
  throw new Error(`${name} did not become Available`);
}

/** Deletes objects of the mesh one after the other; milliseconds from the deletion's answer to the new object. */
async function restorations(client: KubeClient, count: number, signal: AbortSignal): Promise<readonly number[]> {
  // Not by who manages them: the operator's own rights are no part of the mesh, and nobody puts them back.
  const labelSelector = `${meshLabel}=${meshName}`;
  const lists = await Promise.all(
    kinds.map((kind) => client.list(kind, { namespace: 'istio-system', labelSelector, content: 'Metadata', signal })),
  );
  const refs = lists.flat().map(refOf);
  if (refs.length === 0) throw new Error(`${client.cluster} holds nothing of the mesh`);
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const ref = refs[index % refs.length];
    if (ref !== undefined) times.push(await restoration(client, ref, signal));
    await pause(betweenMs, undefined, { signal });
  }
  return times;
}

async function restoration(client: KubeClient, ref: ObjectRef, signal: AbortSignal): Promise<number> {
  const before = (await client.get(ref, { signal }))?.metadata.uid;
  const ending = new AbortController();
  const limit = AbortSignal.any([signal, ending.signal, AbortSignal.timeout(limitMs)]);
  const { namespace = '', name } = ref;
  let deletedAt = 0;
  try {
    for await (const event of client.watch(ref, { namespace, fieldSelector: `metadata.name=${name}`, signal: limit })) {
      if (event.type === 'Listed' && deletedAt === 0) {
        await client.delete(ref, { signal });
        deletedAt = performance.now();
      } else if (event.type === 'Added' && event.object.metadata.uid !== before) {
        return performance.now() - deletedAt;
      }
    }
  } finally {
    ending.abort();
  }
  throw new Error(`${ref.kind} ${name} did not come back`);
}

function restoredText(times: readonly number[]): string {
  const ms = (value: number): string => value.toFixed(0);
  return `
milliseconds from the deletion of an object in the other cluster to the new one, ${times.length} deletions
${table([
  ['who', 'p50', 'p99', 'most'],
  ['the operator', ms(quantile(times, 0.5)), ms(quantile(times, 0.99)), ms(Math.max(...times))],
  ['aim', '500', '1000', ''],
])}`;
}

type Figures = Awaited<ReturnType<RunningOperator['figures']>>;

function idleText(before: Figures, after: Figures, seconds: number): string {
  const names = [...new Set([...before.requests.keys(), ...after.requests.keys()])].toSorted();
  const perMinute = (name: string): string =>
    ((((after.requests.get(name) ?? 0) - (before.requests.get(name) ?? 0)) * 60) / seconds).toFixed(1);
  return `
an operator of two clusters that has nothing to do, over ${seconds} s
${table([
  ['what', 'measured'],
  ...names.map((name) => [`requests a minute, ${name}`, perMinute(name)]),
  ['resident memory, MiB', (after.residentBytes / 1024 ** 2).toFixed(0)],
  ['processor, per cent of a core', ((100 * (after.cpuSeconds - before.cpuSeconds)) / seconds).toFixed(2)],
])}`;
}
