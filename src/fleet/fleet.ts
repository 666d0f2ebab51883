import { homedir } from 'node:os';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { ClusterAccess } from '../kube/access/access.ts';
import { accessOfContext } from '../kube/access/context.ts';
import { type Kubeconfig, loadKubeconfig } from '../kube/access/kubeconfig.ts';
import type { KubeClient } from '../kube/client.ts';
import { connect } from '../kube/connect.ts';
import { type Health, readHealth } from './identity.ts';

/** One declared cluster: its client, or why there is none. */
export type FleetMember =
  | { readonly name: string; readonly state: 'Open'; readonly client: KubeClient; readonly health: Health }
  | { readonly name: string; readonly state: 'Failed'; readonly error: IsthmusError };

export type OpenMember = Extract<FleetMember, { state: 'Open' }>;

/** The declared clusters, each opened or failed on its own. Disposing closes every client. */
export interface Fleet extends AsyncDisposable {
  /** In the order of the declaration. */
  readonly members: readonly FleetMember[];
  /** Those that answered. */
  readonly open: readonly OpenMember[];
  /** The client of a cluster; throws its error where it did not answer, `internal` where it is not declared. */
  client(name: string): KubeClient;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface FleetOptions {
  readonly clock?: Clock;
  /** Default the environment of the process (KUBECONFIG, HTTPS_PROXY). */
  readonly env?: Environment;
  /** Default the home folder of the user. */
  readonly home?: string;
  readonly signal?: AbortSignal;
  /** How long a cluster has to answer the first questions, in milliseconds; default 10,000. */
  readonly timeoutMs?: number;
  /** How a cluster is connected to; for tests and for the operator, whose access comes from Secrets. */
  readonly connect?: (cluster: MeshCluster) => Promise<KubeClient>;
}

const defaultTimeoutMs = 10_000;

/**
 * Connects to every cluster at once and asks each who it is. A cluster that cannot be reached is a failed member;
 * two names for the same cluster are a mistake of the whole mesh and throw `cluster-identity-conflict`.
 */
export async function openFleet(clusters: readonly MeshCluster[], options: FleetOptions = {}): Promise<Fleet> {
  const open = options.connect ?? connector(options);
  const members = await Promise.all(clusters.map((cluster) => openMember(cluster, open, options)));
  const fleet = createFleet(members);
  const conflict = identityConflict(fleet.open);
  if (conflict === undefined) return fleet;
  await fleet[Symbol.asyncDispose]();
  throw conflict;
}

/** A fleet of members that are open already. */
export function createFleet(members: readonly FleetMember[]): Fleet {
  const open = members.filter((member) => member.state === 'Open');
  return {
    members,
    open,
    client(name) {
      const member = members.find((candidate) => candidate.name === name);
      if (member === undefined) throw new IsthmusError('internal', `there is no cluster ${name} in the fleet`);
      if (member.state === 'Failed') throw member.error;
      return member.client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map(({ client }) => client[Symbol.asyncDispose]()));
    },
  };
}

/** The access of a MeshCluster from a kubeconfig: its own file or the user's; its context or the one named like it. */
export async function accessOfCluster(
  cluster: MeshCluster,
  options: { readonly env?: Environment; readonly home?: string } = {},
): Promise<ClusterAccess> {
  const { kubeconfig } = cluster.spec.access;
  return accessIn(cluster, await loadKubeconfig(kubeconfigOptions(kubeconfig, options)));
}

/** Connects to a context of the user's kubeconfig that no MeshCluster names, under the context's own name. */
export async function openContext(context: string, options: FleetOptions = {}): Promise<KubeClient> {
  const config = await loadKubeconfig(kubeconfigOptions(undefined, options));
  return connect(accessOfContext(config, context, context), {
    cluster: context,
    ...(options.env === undefined ? {} : { env: options.env }),
  });
}

function accessIn(cluster: MeshCluster, config: Kubeconfig): ClusterAccess {
  const { name } = cluster.metadata;
  return accessOfContext(config, name, cluster.spec.access.context ?? name);
}

function kubeconfigOptions(
  path: string | undefined,
  { env = process.env, home = homedir() }: { readonly env?: Environment; readonly home?: string },
): Parameters<typeof loadKubeconfig>[0] {
  return path === undefined ? { env, home } : { env, home, path };
}

/** Connects by kubeconfig, reading each file once for the whole fleet. */
function connector(options: FleetOptions): (cluster: MeshCluster) => Promise<KubeClient> {
  const files = new Map<string, Promise<Kubeconfig>>();
  return async (cluster) => {
    const path = cluster.spec.access.kubeconfig;
    const key = path ?? '';
    const reading = files.get(key) ?? loadKubeconfig(kubeconfigOptions(path, options));
    files.set(key, reading);
    return connect(accessIn(cluster, await reading), {
      cluster: cluster.metadata.name,
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...(options.env === undefined ? {} : { env: options.env }),
    });
  };
}

async function openMember(
  cluster: MeshCluster,
  open: (cluster: MeshCluster) => Promise<KubeClient>,
  options: FleetOptions,
): Promise<FleetMember> {
  const { name } = cluster.metadata;
  let client: KubeClient | undefined;
  try {
    client = await open(cluster);
    const health = await readHealth(client, {
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return { name, state: 'Open', client, health };
  } catch (cause) {
    await client?.[Symbol.asyncDispose]();
    return { name, state: 'Failed', error: withCluster(asIsthmusError(cause), name) };
  }
}

/** Errors of the kubeconfig as a whole name no cluster yet. */
function withCluster(error: IsthmusError, cluster: string): IsthmusError {
  if (error.cluster !== undefined) return error;
  return new IsthmusError(error.code, `cluster ${cluster}: ${error.message}`, {
    cluster,
    cause: error,
    retry: error.retry,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  });
}

function identityConflict(members: readonly OpenMember[]): IsthmusError | undefined {
  const byIdentity = Map.groupBy(
    members.filter(({ health }) => health.identity !== undefined),
    ({ health }) => health.identity,
  );
  const same = [...byIdentity.values()].find((group) => group.length > 1);
  if (same === undefined) return undefined;
  const names = same.map(({ name }) => name).join(' and ');
  const server = same[0]?.client.server ?? '';
  return new IsthmusError('cluster-identity-conflict', `${names} are the same cluster (${server})`, {
    remedy: 'Give each MeshCluster its own context in spec.access.context, or take one of them out',
  });
}
