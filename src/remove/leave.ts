import type { ClusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { hostedNamespace } from '../istio/names.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { refuseStranger } from '../observe/stranger.ts';
import { resolveTopology } from '../topology/topology.ts';
import { awaitForgotten } from './drain.ts';
import { remoteSecretsIn } from './peers.ts';
import { examine } from './remove-cluster.ts';
import type { ClusterPlan, RemovalPlan, RemovalReport } from './report.ts';
import { carryOutRemoval, planRemoval, type UninstallOptions } from './uninstall.ts';

export interface LeaveOptions extends Omit<UninstallOptions, 'chosen' | 'reach' | 'definitions'> {
  readonly cluster: ClusterName;
  /** `Lost`: the cluster is gone for good, so its own side is left out. */
  readonly side: 'Whole' | 'Lost';
  /** How long its gateway is kept after nobody is sent to it any more, for the requests under way. Milliseconds. */
  readonly drainMs: number;
}

/** Throws where the mesh cannot do without the cluster, with what has to be done first. */
export function refuseToLeave(declared: DeclaredMesh, cluster: ClusterName): void {
  const refuse = (message: string, remedy: string): never => {
    throw new IsthmusError('leave-refused', `${message}; nothing was changed`, { cluster, remedy });
  };
  const names = declared.clusters.map(({ metadata }) => metadata.name);
  if (names.length === 1) {
    refuse(`${cluster} is the only cluster of the mesh`, 'remove the mesh with isthmus uninstall');
  }
  if (declared.home.metadata.name === cluster) {
    const other = names.find((name) => name !== cluster) ?? '';
    refuse(
      `${cluster} is the home of the mesh: it keeps the documents, the issuer and the lock`,
      `make another cluster the home first: set spec.home of the Mesh, e.g. to ${other}, and run isthmus apply with the root's key at hand`,
    );
  }
  const found = resolveTopology(declared).clusters.find(({ name }) => name === cluster);
  const served = [...(found?.remotes ?? []), ...(found?.hosted ?? [])];
  if (served.length > 0) {
    refuse(
      `the istiod of ${served.join(', ')} runs in ${cluster}`,
      `give ${served.join(', ')} another control plane first (spec.controlPlane), run isthmus apply, then let ${cluster} leave`,
    );
  }
}

/** The mesh without one of its clusters, as the file is to declare it afterwards. */
export function without(declared: DeclaredMesh, cluster: ClusterName): DeclaredMesh {
  return { ...declared, clusters: declared.clusters.filter(({ metadata }) => metadata.name !== cluster) };
}

/** What would go: the cluster's own part, and the remote secrets for it in all the others. Writes nothing. */
export async function planLeave(options: LeaveOptions): Promise<RemovalPlan> {
  if (options.side === 'Whole') await refuseSwapped(options);
  const [plan, hosted] = await Promise.all([planRemoval(removalOf(options)), planHosted(options)]);
  if (options.side === 'Lost') return { ...plan, clusters: hosted };
  const [own] = plan.clusters;
  if (own?.state !== 'Failed') return { ...plan, clusters: [...plan.clusters, ...hosted] };
  const { code, message } = own.error;
  throw new IsthmusError(code, message, {
    cause: own.error,
    cluster: options.cluster,
    remedy: `where ${options.cluster} is gone for good, give --cluster-lost: then the others forget it`,
  });
}

/** What would be emptied must be the cluster that the mesh means. */
async function refuseSwapped({ cluster, clients, signal }: LeaveOptions): Promise<void> {
  const leaving = clients.get(cluster);
  if (leaving === undefined) return;
  const kubeSystem = await leaving.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, { signal });
  const witnesses = await Promise.all(
    [...clients.values()].map(async (client) => ({ client, secrets: await remoteSecretsIn(client, signal) })),
  );
  refuseStranger({ cluster, client: leaving, identity: kubeSystem?.metadata.uid }, witnesses);
}

/** The namespace of the cluster's istiod in its hub, where it has one: no apply removes a namespace. */
async function planHosted({ declared, cluster, clients, signal }: LeaveOptions): Promise<readonly ClusterPlan[]> {
  const found = resolveTopology(declared).clusters.find(({ name }) => name === cluster);
  if (found?.controlPlane.kind !== 'ExternalOf') return [];
  const { hub } = found.controlPlane;
  const client = clients.get(hub);
  if (client === undefined) return [];
  const namespace = hostedNamespace(cluster);
  const wish = { mesh: declared.mesh.metadata.name, reach: 'Mesh', definitions: 'Keep' } as const;
  return [{ cluster: hub, state: 'Read', namespace, examined: await examine(client, wish, { signal, namespace }) }];
}

/**
 * Takes a cluster out of the mesh without a failed request: first the others forget it, then what is under way ends,
 * and only then its gateway and all the rest of its part goes.
 */
export async function carryOutLeave(plan: RemovalPlan, options: LeaveOptions): Promise<RemovalReport> {
  const { cluster, clients, clock, declared, drainMs, onEvent, side } = options;
  const deadline = clock.monotonic() + options.timeoutMs;
  const afterPeers = async (signal: AbortSignal): Promise<void> => {
    const topology = resolveTopology(declared);
    await awaitForgotten({ leaving: cluster, topology, clients, clock, signal, deadline, onEvent });
    if (side === 'Lost' || drainMs <= 0) return;
    onEvent({ type: 'Waiting', cluster, what: `requests under way to end (${drainMs / 1000} s)` });
    await clock.sleep(drainMs, signal);
  };
  return await carryOutRemoval(plan, { ...removalOf(options), afterPeers });
}

function removalOf({ cluster, ...options }: LeaveOptions): UninstallOptions {
  return { ...options, chosen: [cluster], reach: 'Mesh', definitions: 'Keep' };
}
