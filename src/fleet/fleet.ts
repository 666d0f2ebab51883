import type { MeshCluster } from '../api/mesh-cluster.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { accessOfContext } from '../kube/access/context.ts';
import { inClusterAccess } from '../kube/access/in-cluster.ts';
import type { CallOptions, KubeClient } from '../kube/client.ts';
import { connect } from '../kube/connect.ts';
import { aboutCluster, createConnector, readKubeconfig } from './access.ts';
import { type Health, readHealth } from './identity.ts';
import type { Connect, FleetPorts, KubeconfigPorts } from './ports.ts';

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

export interface FleetOptions {
  /** The cluster whose Secrets hold the kubeconfigs of others; left out, the first. */
  readonly home?: string;
  /** How long a cluster has to answer the first questions, in milliseconds; default 10,000. */
  readonly timeoutMs?: number;
}

/** How long a cluster has to answer the first questions by default. */
export const defaultTimeoutMs = 10_000;

/**
 * Connects to every cluster at once and asks each who it is. A cluster that cannot be reached is a failed member;
 * two names for the same cluster are a mistake of the whole mesh and throw `cluster-identity-conflict`.
 */
export async function openFleet(
  clusters: readonly MeshCluster[],
  ports: FleetPorts,
  options: FleetOptions = {},
): Promise<Fleet> {
  const homeName = options.home ?? clusters[0]?.metadata.name ?? '';
  const opening = new Map<string, Promise<FleetMember>>();
  const home = { name: homeName, client: async () => clientOf(await opening.get(homeName), homeName) };
  const connect = ports.connect ?? createConnector(ports, home);
  const { signal } = ports;
  const { timeoutMs = defaultTimeoutMs } = options;
  // The home cluster first: others may wait for it.
  const isOther = ({ metadata }: MeshCluster): number => (metadata.name === homeName ? 0 : 1);
  for (const cluster of clusters.toSorted((a, b) => isOther(a) - isOther(b))) {
    opening.set(cluster.metadata.name, openMember(cluster, connect, { signal, timeoutMs }));
  }
  return await whole(clusters, opening);
}

/** Opens clusters that are no API servers but played by something else, such as a snapshot. */
export async function openFleetBy(connect: Connect, clusters: readonly MeshCluster[]): Promise<Fleet> {
  const timeoutMs = defaultTimeoutMs;
  return await whole(
    clusters,
    new Map(clusters.map((cluster) => [cluster.metadata.name, openMember(cluster, connect, { timeoutMs })])),
  );
}

async function whole(
  clusters: readonly MeshCluster[],
  opening: ReadonlyMap<string, Promise<FleetMember>>,
): Promise<Fleet> {
  const members = await Promise.all(clusters.flatMap(({ metadata }) => opening.get(metadata.name) ?? []));
  const fleet = createFleet(members);
  const conflict = identityConflict(fleet.open);
  if (conflict === undefined) return fleet;
  await fleet[Symbol.asyncDispose]();
  throw conflict;
}

function clientOf(member: FleetMember | undefined, name: string): KubeClient {
  if (member === undefined) throw new IsthmusError('internal', `there is no cluster ${name} in the fleet`);
  if (member.state === 'Failed') throw member.error;
  return member.client;
}

/** A fleet of members that are open already. */
export function createFleet(members: readonly FleetMember[]): Fleet {
  const open = members.filter((member) => member.state === 'Open');
  return {
    members,
    open,
    client(name) {
      return clientOf(
        members.find((candidate) => candidate.name === name),
        name,
      );
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map(({ client }) => client[Symbol.asyncDispose]()));
    },
  };
}

/** Connects to a context of the user's kubeconfig that no MeshCluster names, under the context's own name. */
export async function openContext(context: string, ports: KubeconfigPorts): Promise<KubeClient> {
  const config = await readKubeconfig(ports);
  return await connect(accessOfContext(config, context, context), { ...ports, cluster: context });
}

/** Connects to the cluster of the pod that we run in, as its service account; it gets that name in messages. */
export async function openInCluster(name: string, ports: KubeconfigPorts): Promise<KubeClient> {
  return await connect(await inClusterAccess(name, ports), { ...ports, cluster: name });
}

async function openMember(cluster: MeshCluster, open: Connect, options: CallOptions): Promise<FleetMember> {
  const { name } = cluster.metadata;
  let client: KubeClient | undefined;
  try {
    client = await open(cluster);
    return { name, state: 'Open', client, health: await readHealth(client, options) };
  } catch (cause) {
    await client?.[Symbol.asyncDispose]();
    return { name, state: 'Failed', error: aboutCluster(asIsthmusError(cause), name) };
  }
}

/** Two names for one cluster; clusters that do not let us read their identity are not taken for the same. */
export function identityConflict(members: readonly OpenMember[]): IsthmusError | undefined {
  const byIdentity = Map.groupBy(
    members.filter(({ health }) => health.identity !== undefined),
    ({ health }) => health.identity,
  );
  const same = [...byIdentity.values()].find((group) => group.length > 1);
  if (same === undefined) return undefined;
  const names = same.map(({ name }) => name).join(' and ');
  const server = same[0]?.client.server ?? '';
  return new IsthmusError('cluster-identity-conflict', `${names} are the same cluster (${server})`, {
    remedy: 'give each MeshCluster an access of its own in spec.access, or take one of them out',
  });
}
