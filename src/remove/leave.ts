import type { ClusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { type Action, type Remedy, remedy, repeat, run, runOn } from '../base/remedy.ts';
import { hostedNamespace } from '../istio/names.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { refuseStranger } from '../observe/stranger.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { awaitForgotten } from './drain.ts';
import { removalReporter } from './events.ts';
import { remoteSecretsIn } from './peers.ts';
import { examine } from './remove-cluster.ts';
import type { ClusterPlan, RemovalPlan, RemovalReport } from './report.ts';
import { carryOutRemoval, planRemoval, type RemovalRequest } from './uninstall.ts';

export interface LeaveRequest extends Pick<RemovalRequest, 'mesh' | 'ports' | 'limits'> {
  readonly cluster: ClusterName;
  /** `Lost`: the cluster is permanently gone, so its own side is left out. */
  readonly side: 'Whole' | 'Lost';
  /** How long its gateway is kept for the requests under way once nothing is sent to it any longer. Milliseconds. */
  readonly drainMs: number;
}

/** Throws where the mesh cannot do without the cluster, with what has to be done first. */
export function refuseToLeave({ home, names, topology }: ResolvedMesh, cluster: ClusterName): void {
  const refuse = (message: string, todo: Remedy): never => {
    throw new IsthmusError('leave-refused', `${message}; nothing was changed`, { cluster, remedy: todo });
  };
  if (names.length === 1) {
    refuse(`${cluster} is the only cluster of the mesh`, remedy`remove the mesh instead: ${run('uninstall')}`);
  }
  if (home === cluster) {
    const other = names.find((name) => name !== cluster) ?? '';
    refuse(
      `${cluster} is the home of the mesh: it keeps the documents, the issuer and the lock`,
      remedy`make another cluster the home first: ${setHome(other)}, then run ${run('apply')} with the root's key at hand`,
    );
  }
  const found = topology.clusters.find(({ name }) => name === cluster);
  const served = [...(found?.remotes ?? []), ...(found?.hosted ?? [])];
  if (served.length > 0) {
    refuse(
      `the istiod of ${served.join(', ')} runs in ${cluster}`,
      remedy`give ${served.join(', ')} another control plane first (spec.controlPlane), run ${run('apply')}, then ${runOn(cluster, 'leave')}`,
    );
  }
}

function setHome(value: string): Action {
  return { do: 'Set', field: 'spec.home', of: { kind: 'Mesh' }, value };
}

/** The mesh without one of its clusters, as the file is to declare it afterwards. */
export function without(declared: DeclaredMesh, cluster: ClusterName): DeclaredMesh {
  return { ...declared, clusters: declared.clusters.filter(({ metadata }) => metadata.name !== cluster) };
}

/** What would go: the cluster's own part, and the remote secrets for it in all the others. Writes nothing. */
export async function planLeave(request: LeaveRequest): Promise<RemovalPlan> {
  if (request.side === 'Whole') await refuseSwapped(request);
  const [plan, hosted] = await Promise.all([planRemoval(removalOf(request)), planHosted(request)]);
  if (request.side === 'Lost') return { ...plan, clusters: hosted };
  const [own] = plan.clusters;
  if (own?.state !== 'Failed') return { ...plan, clusters: [...plan.clusters, ...hosted] };
  const { code, message } = own.error;
  throw new IsthmusError(code, message, {
    cause: own.error,
    cluster: request.cluster,
    remedy: remedy`where ${request.cluster} is permanently gone, ${repeat({ clusterLost: true })}: then only the others are cleaned up`,
  });
}

/** What would be emptied must be the cluster that the mesh means. */
async function refuseSwapped({ cluster, ports }: LeaveRequest): Promise<void> {
  const { clients, signal } = ports;
  const leaving = clients.get(cluster);
  if (leaving === undefined) return;
  const kubeSystem = await leaving.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, { signal });
  const witnesses = await Promise.all(
    [...clients.values()].map(async (client) => ({ client, secrets: await remoteSecretsIn(client, signal) })),
  );
  refuseStranger({ cluster, client: leaving, identity: kubeSystem?.metadata.uid }, witnesses);
}

/** The namespace of the cluster's istiod in its hub, where it has one: no apply removes a namespace. */
async function planHosted({ mesh, cluster, ports }: LeaveRequest): Promise<readonly ClusterPlan[]> {
  const { clients, signal } = ports;
  const found = mesh.topology.clusters.find(({ name }) => name === cluster);
  if (found?.controlPlane.kind !== 'ExternalOf') return [];
  const { hub } = found.controlPlane;
  const client = clients.get(hub);
  if (client === undefined) return [];
  const namespace = hostedNamespace(cluster);
  const wish = { mesh: mesh.name, reach: 'Mesh', definitions: 'Keep' } as const;
  return [{ cluster: hub, state: 'Read', namespace, examined: await examine(client, wish, { signal, namespace }) }];
}

/**
 * Takes a cluster out of the mesh without a failed request: first the others forget it, then what is under way ends,
 * and only then its gateway and all the rest of its part goes.
 */
export async function carryOutLeave(plan: RemovalPlan, request: LeaveRequest): Promise<RemovalReport> {
  const { mesh, ports, limits, cluster, drainMs, side } = request;
  const { clients, clock } = ports;
  const { topology } = mesh;
  const report = removalReporter('leave', ports);
  const deadline = clock.monotonic() + limits.timeoutMs;
  const afterPeers = async (signal: AbortSignal): Promise<void> => {
    await awaitForgotten({ leaving: cluster, topology, clients, clock, signal, deadline, report });
    if (side === 'Lost' || drainMs <= 0) return;
    report({ type: 'Waiting', cluster, details: { what: `requests under way to end (${drainMs / 1000} s)` } });
    await clock.sleep(drainMs, signal);
  };
  return await carryOutRemoval(plan, removalOf(request), { report, afterPeers });
}

function removalOf({ mesh, ports, limits, cluster }: LeaveRequest): RemovalRequest {
  return { mesh, ports, limits, scope: { chosen: [cluster], reach: 'Mesh', definitions: 'Keep' } };
}
