import { type ClusterName, clusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import type { CliContext } from '../cli/shell/context.ts';
import { type Fleet, openFleet } from '../fleet/fleet.ts';
import type { KubeClient } from '../kube/client.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { StoredSnapshot } from '../snapshot/folder.ts';
import { storedClient } from '../snapshot/stored-client.ts';

/** Connects to every cluster of the mesh; those that do not answer are failed members. */
export async function openMeshFleet(declared: DeclaredMesh, { process, signal }: CliContext): Promise<Fleet> {
  return await openFleet(declared.clusters, { env: process.env, signal });
}

/** The clusters of the mesh as a snapshot holds them; those that are not in it are failed members. */
export async function openStoredFleet(declared: DeclaredMesh, stored: StoredSnapshot): Promise<Fleet> {
  return await openFleet(declared.clusters, { connect: async ({ metadata }) => storedClient(metadata.name, stored) });
}

/** The names of --clusters, each of which must be declared; every cluster where the flag was left out. */
export function chosenClusters(declared: DeclaredMesh, names: readonly string[] | undefined): readonly ClusterName[] {
  const known = declared.clusters.map(({ metadata }) => metadata.name);
  if (names === undefined) return known;
  const chosen = names.map((name) => known.find((one) => one === name) ?? name);
  const unknown = chosen.find((name) => !known.some((one) => one === name));
  if (unknown === undefined && chosen.length > 0) return chosen.map((name) => clusterName.parse(name));
  const problem =
    unknown === undefined
      ? '--clusters names no cluster'
      : `--clusters names ${unknown}, which the mesh file does not declare`;
  throw new IsthmusError('usage', problem, { remedy: `the clusters of the file are ${known.join(', ')}` });
}

/** The cluster that a command is about, which must be declared. */
export function declaredCluster(declared: DeclaredMesh, name: string): ClusterName {
  const known = declared.clusters.map(({ metadata }) => metadata.name);
  const found = known.find((one) => one === name);
  if (found !== undefined) return found;
  throw new IsthmusError('usage', `the mesh file does not declare a cluster ${name}`, {
    remedy: `the clusters of the file are ${known.join(', ')}`,
  });
}

/** The clusters of a fleet by what came of them. */
export function splitFleet(fleet: Fleet): {
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  readonly failures: ReadonlyMap<ClusterName, IsthmusError>;
} {
  const clients = new Map<ClusterName, KubeClient>();
  const failures = new Map<ClusterName, IsthmusError>();
  for (const member of fleet.members) {
    const name = clusterName.parse(member.name);
    if (member.state === 'Open') clients.set(name, member.client);
    else failures.set(name, member.error);
  }
  return { clients, failures };
}
