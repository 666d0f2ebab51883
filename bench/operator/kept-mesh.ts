import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeProgramsFolder } from '../../lab/istio/programs-folder.ts';
import { run } from '../../lab/src/process/run.ts';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { apiVersion } from '../../src/api/mesh.ts';
import { openContext } from '../../src/fleet/fleet.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { onFreshLab } from '../fresh-lab.ts';
import { processPorts } from '../process-ports.ts';
import type { Ground } from '../run.ts';
import { timed } from '../timed-process.ts';
import { areAvailable, untilConditions } from './conditions.ts';
import { type RunningOperator, startOperator } from './process.ts';
import { sampleManifest } from './sample.ts';

export const program = resolve(import.meta.dirname, '../../dist/isthmus.js');
export const [home, remote] = ['c1', 'c2'] as const;
export const meshName = 'bench';

const limitMs = 300_000;

/** A mesh of two clusters that an operator keeps. */
export interface KeptMesh {
  readonly ground: Ground;
  readonly operator: RunningOperator;
  /** Clients of an administrator. */
  readonly home: KubeClient;
  readonly remote: KubeClient;
  readonly signal: AbortSignal;
}

export interface KeptMeshRequest {
  readonly signal: AbortSignal;
  /** The API servers write down every request. */
  readonly audit?: boolean;
  /** Each line of the operator's log. */
  readonly onLine?: (line: string) => void;
  /** A client and a service of the sample in both clusters. */
  readonly sample?: boolean;
}

/** The mesh as `isthmus apply` makes it, and then an operator that keeps it; both clusters are Available. */
export async function onKeptMesh(request: KeptMeshRequest, use: (mesh: KeptMesh) => Promise<void>): Promise<void> {
  const { signal, onLine, sample = false } = request;
  await onTwoClusters(request, async (ground) => {
    await isthmus(ground, ['apply', '-f', await meshFileIn(ground, [home, remote])]);
    await isthmus(ground, ['operator', 'grant', '--context', remote, '--home', home]);
    if (sample) for (const cluster of [home, remote]) await deploySample(ground, cluster);
    const ports = processPorts(ground.lab.env);
    await using first = await openContext(home, ports);
    await using second = await openContext(remote, ports);
    await using operator = await startOperator({ program, home, env: environmentOf(ground), signal, onLine });
    await untilConditions(first, { until: areAvailable([home, remote]), awaited: 'both are Available', signal });
    await use({ ground, operator, home: first, remote: second, signal });
  });
}

/** Two empty clusters of the lab, with the lab's istioctl. */
export async function onTwoClusters(
  request: Pick<KeptMeshRequest, 'signal' | 'audit'>,
  use: (ground: Ground) => Promise<void>,
): Promise<void> {
  await onClusters(2, request, use);
}

/** The same of as many clusters. */
export async function onClusters(
  clusters: number,
  { signal, audit = false }: Pick<KeptMeshRequest, 'signal' | 'audit'>,
  use: (ground: Ground) => Promise<void>,
): Promise<void> {
  await onFreshLab({ clusters, istioctl: '', audit, signal }, async (ground) => {
    const programs = join(ground.work, 'programs');
    writeProgramsFolder(programs, [(await toolPaths()).bin]);
    await use({ ...ground, istioctl: join(programs, 'istioctl') });
  });
}

export async function meshFileIn({ work }: Ground, clusters: readonly string[]): Promise<string> {
  const file = join(work, `mesh-${clusters.length}.yaml`);
  await writeFile(file, meshText(clusters.map((name) => clusterDocument(name))));
  return file;
}

/** The documents of clusters that are each on a network of their own. */
export function meshText(members: readonly object[]): string {
  const mesh = { kind: 'Mesh', metadata: { name: meshName }, spec: { home, istio: { version: '1.31' } } };
  return [mesh, ...members].map(documentText).join('\n---\n');
}

export function clusterDocument(name: string, spec: object = {}): object {
  return { kind: 'MeshCluster', metadata: { name }, spec: { network: name, injectNamespaces: ['sample'], ...spec } };
}

export function documentText(document: object): string {
  return JSON.stringify({ apiVersion, ...document });
}

export function environmentOf({ lab, work, istioctl }: Ground): Readonly<Record<string, string>> {
  return {
    ...lab.env,
    ISTHMUS_ISTIOCTL: istioctl,
    XDG_STATE_HOME: join(work, 'state'),
    XDG_CACHE_HOME: join(work, 'cache'),
  };
}

/** Runs the build to its end, and gives the seconds that it took; an error where it does not end with 0. */
export async function isthmus(ground: Ground, args: readonly string[]): Promise<number> {
  const words = [program, ...args];
  const env = environmentOf(ground);
  const result = await timed({
    program: process.execPath,
    args: words,
    env,
    signal: ground.signal,
    timeoutMs: limitMs,
  });
  if (result.code === 0) return result.seconds;
  const said = result.lines.map(({ text }) => text).join('\n');
  throw new Error(`isthmus ${args.join(' ')} ended with code ${result.code}:\n${said}`);
}

/** Runs kubectl in a cluster and gives its standard output. */
export async function kubectl(ground: Ground, context: string, words: readonly string[], input = ''): Promise<string> {
  const { lab, signal } = ground;
  const args = ['--context', context, ...words];
  return await run(join(lab.bin, 'kubectl'), args, { env: environmentOf(ground), signal, input, timeoutMs: limitMs });
}

async function deploySample(ground: Ground, cluster: string): Promise<void> {
  const inSample = ['-n', 'sample'];
  await kubectl(ground, cluster, [...inSample, 'apply', '-f', '-'], sampleManifest(cluster, [home, remote]));
  const wait = ['wait', '--for=condition=Available', 'deployments', '--all', '--timeout=300s'];
  await kubectl(ground, cluster, [...inSample, ...wait]);
}
