import { IsthmusError } from '../../src/base/error.ts';
import { bringUp } from './bring-up.ts';
import { claimLab, newLabRecord } from './claim.ts';
import { clusterSite } from './cluster/site.ts';
import { type ClusterRequest, checkClusters, parseLabName } from './names.ts';
import { procReader } from './process/proc.ts';
import { liveness } from './state/liveness.ts';
import { labPaths } from './state/paths.ts';
import type { LabState } from './state/schema.ts';
import { changeLabState, readLabState } from './state/store.ts';
import { tearDown } from './teardown.ts';
import type { OtherIstio } from './tools/istios.ts';
import { istioPaths, toolPaths } from './tools/tool-paths.ts';

export interface LabRequest {
  readonly name: string;
  readonly clusters: readonly ClusterRequest[];
  /** No containerd, kubelet, kube-proxy and CoreDNS. */
  readonly controlPlaneOnly?: boolean;
  /** etcd waits for the disk at every write, as in production; off, since a lab's data is thrown away. */
  readonly fsync?: boolean;
  /** Each API server writes a line for every request into `audit.log` in the folder of its logs. */
  readonly audit?: boolean;
  /** Istios besides the usual one, whose images and istioctl the lab has then; they must be built. */
  readonly istios?: readonly OtherIstio[];
  /** Aborting it while the lab starts removes what was started. */
  readonly signal?: AbortSignal | undefined;
  /** Told one line a step. */
  readonly report?: (line: string) => void;
}

export interface LabCluster {
  readonly name: string;
  readonly network: string;
  /** The API server as everybody reaches it. */
  readonly server: string;
  readonly nodeName: string;
  /** The folder with a log of every part. */
  readonly logs: string;
}

/** A running lab. Disposing of it takes it down. */
export interface Lab extends AsyncDisposable {
  readonly name: string;
  /** A kubeconfig with one context a cluster, called like the cluster; the first one is current. */
  readonly kubeconfig: string;
  /** The folder with kubectl, istioctl and every other program. */
  readonly bin: string;
  /** Laid over a process's environment, it makes that process's kubectl and istioctl the lab's. */
  readonly env: Readonly<Record<'KUBECONFIG' | 'KUBECACHEDIR' | 'PATH', string>>;
  readonly clusters: readonly LabCluster[];
}

/**
 * Starts the clusters, all at once, and resolves when every API server (and, with nodes, every node) is ready.
 * What a stale lab of that name left is removed before. A failure or an abort removes everything again.
 */
export async function startLab(request: LabRequest): Promise<Lab> {
  const name = parseLabName(request.name);
  const clusters = checkClusters(request.clusters);
  const { signal, report = () => undefined } = request;
  requireRoot();
  const tools = await toolPaths();
  const { istios = [] } = request;
  for (const istio of istios) await istioPaths(istio);
  await claimLab(name, report);
  try {
    signal?.throwIfAborted();
    const { controlPlaneOnly = false, fsync = false, audit = false } = request;
    const record = newLabRecord({ name, clusters, controlPlaneOnly, fsync, audit, istios, bin: tools.bin });
    await bringUp(record, tools, { report, signal });
    record.update((state) => ({ ...state, phase: 'up' }));
    return describeLab(record.state);
  } catch (error) {
    report(`removing what was started of the lab ${name}`);
    await tearDown(name);
    if (signal?.aborted === true) throw new IsthmusError('cancelled', `interrupted; the lab ${name} is removed again`);
    throw error;
  }
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new IsthmusError('access-denied', 'a lab makes namespaces, mounts and control groups, which only root may', {
    remedy: 'run the same command as root',
  });
}

/** A running lab as `startLab` gives it; an error where there is none of that name. */
export function openLab(name: string): Lab {
  return describeLab(runningLab(name));
}

/** The state of a lab that is up; an error where there is none of that name. */
export function runningLab(name: string): LabState {
  const state = readLabState(parseLabName(name));
  if (state !== undefined && liveness(state, procReader) === 'up') return state;
  throw new IsthmusError('not-found', `no lab called ${name} is up`, {
    remedy: `npx --no lab up west:us east:eu${name === 'lab' ? '' : ` --lab ${name}`}`,
  });
}

/** Removes a lab, running, half-started or stale, with all its files. Resolves when nothing of it is left. */
export async function stopLab(name: string): Promise<void> {
  const lab = parseLabName(name);
  requireRoot();
  changeLabState(lab, (state) => ({ ...state, phase: 'stopping' }));
  await tearDown(lab);
}

function describeLab(state: LabState): Lab {
  const { kubeconfig, programs: bin, kubectlCache } = labPaths(state.name);
  return {
    name: state.name,
    kubeconfig,
    bin,
    env: { KUBECONFIG: kubeconfig, KUBECACHEDIR: kubectlCache, PATH: `${bin}:${process.env.PATH ?? ''}` },
    clusters: state.clusters.map((cluster) => {
      const site = clusterSite(state, cluster);
      return {
        name: cluster.name,
        network: cluster.network,
        server: `https://${site.addresses.wan}:6443`,
        nodeName: site.nodeName,
        logs: site.paths.logs,
      };
    }),
    [Symbol.asyncDispose]: () => stopLab(state.name),
  };
}
