import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { openLock } from '../fleet/lock.ts';
import type { KubeClient } from '../kube/client.ts';
import { disownCluster, disownObjects } from '../remove/disown.ts';
import { refuseToLeave } from '../remove/leave.ts';
import { signalOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import type { PlanOptions } from './options.ts';
import { planUseCase } from './plan.ts';
import { declaredCluster, liveMeshOf, type SessionState } from './session.ts';

/** How one cluster ended when another one was abandoned; without an error it was looked at. */
export interface Abandoned {
  readonly cluster: string;
  /** Objects that are no longer ours. */
  readonly objects: number;
  readonly error?: IsthmusError;
}

/**
 * Forgets that Isthmus made what a cluster holds of the mesh, and what the others hold for it alone: all of it stays and works
 * on, and nobody of ours changes or removes it. A cluster that is not reached costs its own part. Throws `leave-refused` where the
 * mesh cannot do without the cluster.
 */
export async function abandonUseCase(
  state: SessionState,
  name: string,
  options: Omit<PlanOptions, 'clusters'>,
): Promise<readonly Abandoned[]> {
  const { ports } = state;
  const mesh = liveMeshOf(state);
  const cluster = declaredCluster(mesh, name);
  const others = mesh.names.filter((one) => one !== cluster);
  if (others.length > 0) refuseToLeave(mesh, cluster);
  const plan = others.length === 0 ? undefined : await planUseCase(state, planOptions(options, { cluster, others }));
  await using fleet = await openClusters(state, mesh, { operation: 'leave', carries: 'NoKeys' });
  const { clients, failures } = splitFleet(fleet);
  const client = fleet.client(mesh.home);
  const signal = signalOf(ports);
  const { clock, holder } = ports;
  const onHeld = (): void => undefined;
  await using lock = (state.openLock ?? openLock)({ client, mesh: mesh.name, holder, clock, signal, onHeld });
  const beforeWrite = async (): Promise<void> => void (await lock.hold(undefined));
  const work = (of: KubeClient) => ({ client: of, mesh: mesh.name, signal: lock.signal, beforeWrite });
  const done = (plan?.clusters ?? []).map(async (part): Promise<Abandoned> => {
    const peer = clients.get(declaredCluster(mesh, part.cluster));
    if (part.outcome !== 'Planned' || peer === undefined) return { cluster: part.cluster, objects: 0 };
    const refs = part.changes.filter(({ action }) => action === 'Delete').map(({ ref }) => ref);
    return await attempt(part.cluster, async () => await disownObjects(work(peer), refs));
  });
  const own = clients.get(cluster);
  const itself = async (): Promise<Abandoned> =>
    own === undefined
      ? { cluster, objects: 0, ...errorOf(failures.get(cluster)) }
      : await attempt(cluster, async () => await disownCluster(work(own)));
  return await Promise.all([itself(), ...done]);
}

function planOptions(
  options: Omit<PlanOptions, 'clusters'>,
  { cluster, others }: { readonly cluster: string; readonly others: readonly string[] },
): PlanOptions {
  return { ...options, clusters: others, without: [...(options.without ?? []), cluster], traffic: 'Leave' };
}

async function attempt(cluster: string, work: () => Promise<number>): Promise<Abandoned> {
  try {
    return { cluster, objects: await work() };
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    if (error.code === 'lock-held' || error.code === 'cancelled') throw thrown;
    return { cluster, objects: 0, error };
  }
}

function errorOf(error: IsthmusError | undefined): Pick<Abandoned, 'error'> {
  return error === undefined ? {} : { error };
}
