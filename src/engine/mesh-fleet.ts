import { type ClusterName, clusterName } from '../api/name.ts';
import type { IsthmusError } from '../base/error.ts';
import { type Fleet, openFleet, openFleetBy } from '../fleet/fleet.ts';
import type { KubeClient } from '../kube/client.ts';
import type { StoredSnapshot } from '../snapshot/folder.ts';
import { storedClient } from '../snapshot/stored-client.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { signalOf } from './limits.ts';
import type { Allowances } from './options.ts';
import type { EnginePorts } from './ports.ts';

/** The ports, and what the user allows of the ways to the clusters. */
export interface ReachingPorts extends EnginePorts, Pick<Allowances, 'trustKubeconfig'> {}

/** Connects to every cluster of the mesh; those that do not answer are failed members. */
export async function openMeshFleet({ declared, home }: ResolvedMesh, ports: ReachingPorts): Promise<Fleet> {
  return await openFleet(declared.clusters, { ...ports, signal: signalOf(ports) }, { home });
}

/** The clusters of the mesh as a snapshot holds them; those that are not in it are failed members. */
export async function openStoredFleet({ declared }: ResolvedMesh, stored: StoredSnapshot): Promise<Fleet> {
  return await openFleetBy(async ({ metadata }) => storedClient(metadata.name, stored), declared.clusters);
}

/** The clusters of a fleet, those that answered and those that did not. */
export interface SplitFleet {
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  readonly failures: ReadonlyMap<ClusterName, IsthmusError>;
}

export function splitFleet(fleet: Fleet): SplitFleet {
  const clients = new Map<ClusterName, KubeClient>();
  const failures = new Map<ClusterName, IsthmusError>();
  for (const member of fleet.members) {
    const name = clusterName.parse(member.name);
    if (member.state === 'Open') clients.set(name, member.client);
    else failures.set(name, member.error);
  }
  return { clients, failures };
}
