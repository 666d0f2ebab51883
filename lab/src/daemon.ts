import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { IsthmusError } from '../../src/base/error.ts';
import { clusterSite } from './cluster/site.ts';
import { runLabLoadBalancers } from './loadbalancer/start.ts';
import { parseLabName } from './names.ts';
import { wanAddresses } from './network/addresses.ts';
import { runRegistry } from './registry/server.ts';
import { labPaths } from './state/paths.ts';
import type { LabState } from './state/schema.ts';
import { readLabState } from './state/store.ts';
import { preparedImages, preparedIstioImages } from './tools/prepared-images.ts';
import { plannedToolPaths } from './tools/tool-paths.ts';

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

/** The image registry of the lab, on the host's address of the WAN. */
async function serveImages(state: LabState, signal: AbortSignal): Promise<void> {
  const tools = { ...(await plannedToolPaths()), bin: state.bin };
  const images = await preparedImages(tools);
  const others = await Promise.all(state.istios.map(async (istio) => await preparedIstioImages(tools, istio)));
  const registry = await runRegistry({
    // The last one holds the image of the checkout's own build, once `lab image` has put it there.
    layouts: [images.layout, ...others, labPaths(state.name).isthmusImage],
    address: wanAddresses(state.index).host,
    port: 5000,
    signal,
  });
  log(`registry at ${registry.url}`);
  await registry.ended;
}

/** The load balancers of every cluster; whatever ends them, they start again. */
async function serveAddresses(state: LabState, signal: AbortSignal): Promise<void> {
  const { kubeconfig, balancerHosts } = labPaths(state.name);
  const clusters = state.clusters.map((cluster) => {
    const { name, namespace, addresses } = clusterSite(state, cluster);
    return { name, namespace, pool: addresses.loadBalancers };
  });
  while (!signal.aborted) {
    try {
      await runLabLoadBalancers({ kubeconfig, clusters, hostsFile: balancerHosts, log, signal });
    } catch (error) {
      log(`load balancers ended: ${error instanceof Error ? error.message : String(error)}`);
    }
    await delay(1_000, undefined, { signal }).catch(() => undefined);
  }
}

/** What runs beside the clusters of a lab, one process a lab: the image registry and the load balancers. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { lab: { type: 'string' } } });
  const lab = parseLabName(values.lab ?? '');
  const state = readLabState(lab);
  if (state === undefined) throw new IsthmusError('not-found', `the lab ${lab} has no state`);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());
  const images = state.controlPlaneOnly ? [] : [serveImages(state, stop.signal)];
  await Promise.all([...images, serveAddresses(state, stop.signal)]);
}

await main();
