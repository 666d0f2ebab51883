import type { ClusterName } from '../api/name.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { requireVersion } from '../istio/version.ts';
import type { KubeClient } from '../kube/client.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { refOf } from '../objects/object.ts';
import { type Observed, observe } from '../observe/observe.ts';
import { desiredObjects, operatorOf, type StagedObject, withRoot } from '../plan/desired.ts';
import type { ClusterTopology, Topology } from '../topology/topology.ts';
import { inventoryRef } from './inventory.ts';
import { lockRef } from './lock.ts';
import type { ApplyMeshOptions } from './options.ts';
import { caCertsRef, issuerRef, type MeshTrust } from './trust.ts';

/** One cluster of the run, after everything about it was read and before anything is written. */
export interface Prepared {
  readonly topology: ClusterTopology;
  readonly client: KubeClient;
  readonly observed: Observed;
  readonly objects: readonly StagedObject[];
}

/** What came of reading the clusters. */
export interface Preparation {
  readonly prepared: readonly Prepared[];
  /** Clusters without a part in the run: those that never answered, and those that could not be read. */
  readonly missing: ReadonlyMap<ClusterName, IsthmusError>;
}

/**
 * Renders and reads every cluster at once. One that cannot be read costs its own part, unless it is the home cluster:
 * then its error is thrown, as is whatever concerns istioctl.
 */
export async function prepareAll(topology: Topology, options: ApplyMeshOptions): Promise<Preparation> {
  const { declared, renderer, signal, clients } = options;
  requireVersion(await renderer.version({ signal }), declared.mesh.spec.istio.version);
  const missing = new Map(options.unreachable);
  const parts = await Promise.all(
    topology.clusters.map(async (cluster): Promise<Prepared | undefined> => {
      const client = clients.get(cluster.name);
      if (client === undefined) return undefined;
      const rendered = await renderer.render(operatorOf(declared, cluster), { signal });
      const objects = desiredObjects(declared, cluster, rendered);
      try {
        return { topology: cluster, client, objects, observed: await read(client, { cluster, objects, options }) };
      } catch (error) {
        if (signal.aborted || cluster.name === declared.home.metadata.name) throw error;
        missing.set(cluster.name, asIsthmusError(error));
        return undefined;
      }
    }),
  );
  return { prepared: parts.filter((part) => part !== undefined), missing };
}

interface Reading {
  readonly cluster: ClusterTopology;
  readonly objects: readonly StagedObject[];
  readonly options: ApplyMeshOptions;
}

async function read(client: KubeClient, { cluster, objects, options }: Reading): Promise<Observed> {
  const { declared, signal } = options;
  const isHome = cluster.name === declared.home.metadata.name;
  return await observe(client, {
    listed: [...objects.map(({ object }) => refOf(object)), caCertsRef, issuerRef, inventoryRef],
    whole: [caCertsRef, issuerRef, inventoryRef, ...(isHome ? [lockRef(declared.mesh.metadata.name)] : [])],
    signal,
  });
}

/** What follows from the mesh file, with the mesh's trust in it. */
export function trusted(
  { topology: { name }, objects }: Prepared,
  trust: MeshTrust,
  declared: DeclaredMesh,
): readonly StagedObject[] {
  const caCerts = trust.caCerts.get(name);
  return [
    ...withRoot(objects, trust.rootFingerprint),
    ...(caCerts === undefined ? [] : [caCerts]),
    ...(name === declared.home.metadata.name ? [trust.issuer] : []),
  ];
}
