import type { MeshCluster } from '../api/mesh-cluster.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { createConnector } from './access.ts';
import { type ClusterAccessor, createClusterAccessor } from './cluster.ts';
import { createFleet, type Fleet, type FleetMember, type FleetOptions, identityConflict } from './fleet.ts';
import type { FleetPorts } from './ports.ts';

/** The declared clusters for as long as the process lives. Disposing it closes every connection. */
export interface LiveFleet extends AsyncDisposable {
  /** One accessor per cluster, in the order of the declaration. */
  readonly clusters: readonly ClusterAccessor[];
  /** The accessor of a cluster; throws `internal` where it is not declared. */
  cluster(name: string): ClusterAccessor;
  /**
   * The clusters as they are now, connected where an attempt is due; throws `cluster-identity-conflict` where two are
   * the same. Disposing the result closes nothing: the connections stay with the accessors.
   */
  now(): Promise<Fleet>;
}

export function createLiveFleet(
  clusters: readonly MeshCluster[],
  ports: FleetPorts,
  { home, timeoutMs }: FleetOptions = {},
): LiveFleet {
  const homeName = home ?? clusters[0]?.metadata.name ?? '';
  const homeCluster = { name: homeName, client: () => accessor(homeName).client() };
  const accessors = clusters.map((declared) =>
    createClusterAccessor({
      name: declared.metadata.name,
      // A connector for each connection, because it reads a kubeconfig file once.
      connect: () => (ports.connect ?? createConnector(ports, homeCluster))(declared),
      ports,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }),
  );
  const accessor = (name: string): ClusterAccessor => {
    const found = accessors.find((one) => one.name === name);
    if (found === undefined) throw new IsthmusError('internal', `there is no cluster ${name} in the fleet`);
    return found;
  };
  return {
    clusters: accessors,
    cluster: accessor,
    async now() {
      const fleet = createFleet(await Promise.all(accessors.map(memberOf)));
      const conflict = identityConflict(fleet.open);
      if (conflict !== undefined) throw conflict;
      return fleet;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(accessors.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

async function memberOf(cluster: ClusterAccessor): Promise<FleetMember> {
  const { name } = cluster;
  try {
    const client = await cluster.client();
    const { health } = cluster.connection();
    if (health === undefined) throw new IsthmusError('internal', `cluster ${name} has told no health`);
    return { name, state: 'Open', client, health };
  } catch (error) {
    return { name, state: 'Failed', error: asIsthmusError(error) };
  }
}
