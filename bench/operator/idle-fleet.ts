import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeProgramsFolder } from '../../lab/istio/programs-folder.ts';
import { stopClusterPart } from '../../lab/src/parts.ts';
import { controlGroup } from '../../lab/src/state/paths.ts';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { pausedAnnotation } from '../../src/api/mesh-cluster-status.ts';
import { openContext } from '../../src/fleet/fleet.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { systemNamespace } from '../../src/objects/ownership.ts';
import { onControlPlanes } from '../control-planes.ts';
import { processPorts } from '../process-ports.ts';
import type { Ground } from '../run.ts';
import { timed } from '../timed-process.ts';
import type { PartOptions } from './bench.ts';
import { type Fleet, untilConditions } from './conditions.ts';
import { idleText, mib, settlingMs } from './idle.ts';
import { clusterDocument, environmentOf, home, isthmus, kubectl, meshName, meshText, program } from './kept-mesh.ts';
import { limitedGroup } from './memory-limit.ts';
import { startOperator } from './process.ts';
import { startStandIns } from './stand-ins.ts';

const labName = 'bench-op';
/** What the operator's container may use. */
const memoryLimit = 512 * 1024 ** 2;
const applyLimitMs = 900_000;
const mostApplies = 3;
/** Of an apply after which the documents are missing. */
const shownLines = 12;

/**
 * An operator that keeps many clusters of which there is the API server alone, within the memory of its container. They share a
 * network: a gateway would wait for an istiod that injects it. Deployments are available because a stand-in says so, and nobody
 * can ask an istiod. The Mesh is paused while it rests: tokens, which would be renewed once and then rest for hours, could not
 * be proved. At the end every istiod is declared to be another one, and the operator works on all clusters at once.
 */
export async function measureIdleFleet({ wanted, signal, print }: PartOptions): Promise<void> {
  const { clusters: count, idleSeconds } = wanted;
  await onControlPlanes({ name: labName, clusters: count, signal }, async ({ lab, clusters, folder }) => {
    const istioctl = join(folder, 'programs/istioctl');
    writeProgramsFolder(join(folder, 'programs'), [(await toolPaths()).bin]);
    const ground: Ground = { lab, clusters, work: folder, istioctl, signal };
    await using opened = new AsyncDisposableStack();
    const clients: KubeClient[] = [];
    for (const name of clusters) clients.push(opened.use(await openContext(name, processPorts(lab.env))));
    // They would work against the stand-ins.
    const parts = ['controller-manager', 'scheduler'] as const;
    await Promise.all(clusters.map((name) => Promise.all(parts.map((part) => stopClusterPart(lab.name, name, part)))));
    opened.use(startStandIns(clients));
    await makeMesh(ground, print);
    const [first] = clients;
    if (first === undefined) return;
    const group = limitedGroup(controlGroup(labName), memoryLimit);
    // Its own, as in its container: Istio is rendered for every cluster.
    const env = { ...environmentOf(ground), XDG_CACHE_HOME: join(folder, 'cache-of-the-operator') };
    await using operator = await startOperator({ program, home, env, signal, group });
    const begun = performance.now();
    await untilConditions(first, { until: areCompared(clusters), awaited: 'all are compared', signal });
    print(
      `  ${((performance.now() - begun) / 1000).toFixed(0)} s from the start of the operator until it had compared all`,
    );
    await pause(settlingMs, undefined, { signal });
    const before = await operator.figures();
    await pause(idleSeconds * 1000, undefined, { signal });
    const after = await operator.figures();
    print(idleText(`an operator of ${count} clusters without nodes`, { before, after, seconds: idleSeconds }));
    await changeAll(ground);
    const asked = performance.now();
    await untilConditions(first, { until: areTried(clusters), awaited: 'an apply of each has ended', signal });
    const tried = await operator.figures();
    print(
      `  all clusters differ at once: ${((performance.now() - asked) / 1000).toFixed(0)} s until an apply of each had ended, ` +
        `${mib(tried.residentBytes)} MiB resident, ${mib(tried.peakBytes)} at its peak`,
    );
  });
}

/** Everything is written; the apply ends with an error where it cannot hear from an istiod. */
async function makeMesh(ground: Ground, print: PartOptions['print']): Promise<void> {
  const { clusters, work, signal } = ground;
  const file = join(work, 'fleet.yaml');
  const documents = clusters.map((name) => clusterDocument(name, { network: 'lan', probe: 'Off' }));
  await writeFile(file, meshText(documents));
  const args = [program, 'apply', '-f', file, '--timeout', '90s'];
  const env = environmentOf(ground);
  // A machine that is slow for so many API servers may take more than one.
  for (let count = 1; count <= mostApplies; count += 1) {
    const { code, seconds, lines } = await timed({
      program: process.execPath,
      args,
      env,
      signal,
      timeoutMs: applyLimitMs,
    });
    print(`  apply ${count} ended with code ${code} after ${seconds.toFixed(0)} s`);
    if (await isStored(ground)) break;
    for (const { text } of lines.slice(-shownLines)) print(`    ${text}`);
  }
  for (const name of clusters.filter((one) => one !== home)) {
    await isthmus(ground, ['operator', 'grant', '--context', name, '--home', home]);
  }
  const paused = ['annotate', 'mesh', meshName, `${pausedAnnotation}=true`];
  await kubectl(ground, home, ['-n', systemNamespace, ...paused]);
}

/** Whether the home cluster has the document of every cluster, which come late in an apply. */
async function isStored(ground: Ground): Promise<boolean> {
  const words = ['-n', systemNamespace, 'get', 'meshclusters', '-o', 'name'];
  const names = await kubectl(ground, home, words).catch(() => '');
  return names.trim().split('\n').length === ground.clusters.length;
}

/** Declares what every istiod has to be changed for, and lets the operator work. */
async function changeAll(ground: Ground): Promise<void> {
  const spec = { istio: { values: { global: { logAsJson: true } } } };
  await kubectl(ground, home, [
    '-n',
    systemNamespace,
    'patch',
    'mesh',
    meshName,
    '--type=merge',
    '-p',
    JSON.stringify({ spec }),
  ]);
  await kubectl(ground, home, ['-n', systemNamespace, 'annotate', 'mesh', meshName, `${pausedAnnotation}-`]);
}

/** The home cluster differs by its inventory: the documents in it are the operator's from now on, and it is paused. */
function areCompared(clusters: readonly string[]): (fleet: Fleet) => boolean {
  return (fleet) => clusters.every((name) => fleet.get(name)?.get('UpToDate')?.reason === 'Paused');
}

function areTried(clusters: readonly string[]): (fleet: Fleet) => boolean {
  return (fleet) =>
    clusters.every((name) => !['Paused', 'Reconciling', undefined].includes(fleet.get(name)?.get('UpToDate')?.reason));
}
