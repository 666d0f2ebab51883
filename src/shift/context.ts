import { everyService, type StoredShift } from '../api/mesh-shift.ts';
import type { Clock } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import type { Lock, LockOptions } from '../fleet/lock.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Digest } from '../plan/change.ts';
import type { ShiftReporter } from './events.ts';

/** What every part of a shift works with. */
export interface ShiftContext {
  readonly mesh: string;
  /** The home cluster's. */
  readonly home: KubeClient;
  /** Of every cluster that answers. */
  readonly clients: ReadonlyMap<string, KubeClient>;
  readonly holder: string;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly report: ShiftReporter;
  readonly signal: AbortSignal;
  readonly openLock: (options: LockOptions) => Lock;
}

/** The client of a cluster that is written or undone; throws where it does not answer. */
export function clientOf({ clients }: Pick<ShiftContext, 'clients'>, cluster: string): KubeClient {
  const client = clients.get(cluster);
  if (client !== undefined) return client;
  throw new IsthmusError(
    'cluster-unreachable',
    `cluster ${cluster} does not answer, and what the shift wrote is there`,
    {
      cluster,
      retry: true,
    },
  );
}

/** Does something while nobody else writes to the mesh. */
export async function locked<T>(context: ShiftContext, work: () => Promise<T>): Promise<T> {
  const { home, mesh, holder, clock, signal } = context;
  await using lock = context.openLock({ client: home, mesh, holder, clock, signal, onHeld: () => undefined });
  // What is done under it reads again what it depends on, so another run before this one changes nothing.
  await lock.hold(undefined);
  return await work();
}

/** The name of a MeshShift: `reviews.bookinfo` of one service, `bookinfo` of several of a namespace. */
export function shiftName({ name, namespace }: StoredShift['spec']['service']): string {
  return name === everyService ? namespace : `${name}.${namespace}`;
}
