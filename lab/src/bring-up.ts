import { availableParallelism } from 'node:os';
import { mapConcurrent } from '../../src/base/concurrency.ts';
import { writeProgramsFolder } from '../istio/programs-folder.ts';
import { adminEntry, writeClusterFiles } from './cluster/files.ts';
import { type KubeconfigEntry, kubeconfig } from './cluster/kubeconfig.ts';
import { type ClusterSite, clusterSite } from './cluster/site.ts';
import { type StartOptions, startApiServer, startContainerd, startControllers, startNode } from './cluster/start.ts';
import { startDaemon } from './daemon-process.ts';
import { cloneContainerdRoot } from './images/containerd-root.ts';
import { buildNetwork } from './network/namespaces.ts';
import { makeGroup } from './process/control-group.ts';
import { labPaths } from './state/paths.ts';
import type { Part } from './state/schema.ts';
import { type LabRecord, writeAtomically } from './state/store.ts';
import { raiseLimits } from './state/sysctls.ts';
import { preparedImages } from './tools/prepared-images.ts';
import { helmFolder, istioPaths, type ToolPaths } from './tools/tool-paths.ts';

export interface BringUpOptions {
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Starts everything of a lab of which only the record exists. */
export async function bringUp(record: LabRecord, tools: ToolPaths, options: BringUpOptions): Promise<void> {
  const { state } = record;
  const started = performance.now();
  const report = (line: string): void =>
    options.report(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${line}`);
  raiseLimits();
  const sites = state.clusters.map((cluster) => clusterSite(state, cluster));
  for (const site of sites) for (const group of [site.programsGroup, site.podsGroup]) makeGroup(group);
  const others = await Promise.all(state.istios.map(async (istio) => ({ istio, bin: (await istioPaths(istio)).bin })));
  const folders = [state.bin, await helmFolder()].filter((folder) => folder !== undefined);
  writeProgramsFolder(labPaths(state.name).programs, folders, others);
  const now = new Date();
  const [admins, images] = await allEnded([
    allEnded(sites.map(async (site) => adminEntry(site, await writeClusterFiles(site, now)))),
    state.controlPlaneOnly ? undefined : preparedImages(tools),
    buildNetwork({ lab: state.name, labIndex: state.index, clusters: state.clusters }),
  ]);
  options.signal?.throwIfAborted();
  writeAtomically(labPaths(state.name).kubeconfig, kubeconfig(admins), 0o600);
  record.update((before) => ({ ...before, daemon: startDaemon(before) }));
  report('networks and keys are made');
  const template = images?.containerdRoot;
  await startClusters(
    record,
    sites.map((site, index) => ({ site, admin: admins[index] })),
    {
      template,
      report,
      node: !state.controlPlaneOnly,
      signal: options.signal,
    },
  );
}

interface ClustersStart extends ClusterStart {
  readonly signal: AbortSignal | undefined;
}

/** Starts all clusters. The first failure stops the others, and the call ends when none of them is at work. */
async function startClusters(
  record: LabRecord,
  clusters: readonly { readonly site: ClusterSite; readonly admin: KubeconfigEntry | undefined }[],
  options: ClustersStart,
): Promise<void> {
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, options.signal]);
  // Starting costs CPU only: more at a time than this would only make each of them late.
  await mapConcurrent(clusters, Math.max(4, 2 * availableParallelism()), async ({ site, admin }) => {
    if (admin === undefined || signal.aborted) return;
    const start = { admin, record: recorder(record, site), signal };
    await startCluster(site, start, options).catch((error: unknown) => failed.abort(error));
  });
  signal.throwIfAborted();
}

/** The results once every one has ended: nothing may still be at work when a failure is cleaned up after. */
async function allEnded<T extends readonly unknown[]>(work: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/** Notes each started part of a cluster in the lab's record. */
function recorder(record: LabRecord, site: ClusterSite): StartOptions['record'] {
  return (part: Part, id) =>
    record.update((state) => ({
      ...state,
      clusters: state.clusters.map((cluster) =>
        cluster.name === site.name ? { ...cluster, parts: { ...cluster.parts, [part]: id } } : cluster,
      ),
    }));
}

interface ClusterStart {
  readonly template: string | undefined;
  readonly report: (line: string) => void;
  readonly node: boolean;
}

async function startCluster(site: ClusterSite, start: StartOptions, options: ClusterStart): Promise<void> {
  const runtime = async (): Promise<void> => {
    if (!options.node) return;
    if (options.template !== undefined) await cloneContainerdRoot(options.template, site.paths.containerdRoot);
    await startContainerd(site, start);
  };
  const api = async (): Promise<void> => {
    await startApiServer(site, start);
    options.report(`${site.name}: API server ready`);
  };
  const node = async (): Promise<void> => {
    if (!options.node) return;
    await startNode(site, start);
    options.report(`${site.name}: node Ready`);
  };
  await allEnded([api(), runtime()]);
  await allEnded([startControllers(site, start), node()]);
}
