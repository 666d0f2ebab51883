import type { ClusterName } from '../api/name.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { otherMeshError } from '../base/other-mesh.ts';
import { istioNamespace } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { heldMesh, readControlPlanes } from '../observe/control-plane.ts';
import type { SplitFleet } from './mesh-fleet.ts';

export interface HeldQuestion {
  /** The declared mesh. */
  readonly mesh: string;
  readonly signal: AbortSignal;
}

/** What the clusters of a fleet hold. */
export interface HeldMeshes {
  /** The other mesh that each cluster holds, or undefined where it holds none. */
  readonly held: ReadonlyMap<ClusterName, string | undefined>;
  /** The clusters that did not tell: what a command does to the mesh, it must not do to them. */
  readonly unread: ReadonlyMap<ClusterName, IsthmusError>;
}

/**
 * Throws `conflict`, before anything is written, where clusters hold another mesh than the declared one. Returns the
 * clusters that hold none, and why the others are not among them.
 */
export async function refuseOtherMesh(
  clients: ReadonlyMap<ClusterName, KubeClient>,
  question: HeldQuestion,
): Promise<SplitFleet> {
  const { held, unread } = await heldMeshes(clients, question);
  refuseHeld(held, question.mesh);
  return { clients: new Map([...clients].filter(([cluster]) => held.has(cluster))), failures: unread };
}

export async function heldMeshes(
  clients: ReadonlyMap<ClusterName, KubeClient>,
  { mesh, signal }: HeldQuestion,
): Promise<HeldMeshes> {
  const held = new Map<ClusterName, string | undefined>();
  const unread = new Map<ClusterName, IsthmusError>();
  await Promise.all(
    [...clients].map(async ([cluster, client]) => {
      try {
        const planes = await readControlPlanes({ client, namespace: istioNamespace }, signal);
        const istiods = planes.map(({ deployment }) => deployment);
        held.set(cluster, heldMesh(istiods, mesh));
      } catch (thrown) {
        signal.throwIfAborted();
        const error = asIsthmusError(thrown);
        if (error.code === 'internal') throw thrown;
        unread.set(cluster, error);
      }
    }),
  );
  return { held, unread };
}

/** Throws the same, of what each cluster holds where that is another mesh. */
export function refuseHeld(held: ReadonlyMap<string, string | undefined>, mesh: string): void {
  const error = heldError(held, mesh);
  if (error !== undefined) throw error;
}

/** Nothing of another mesh is touched: `conflict`; undefined where no cluster holds one. */
export function heldError(held: ReadonlyMap<string, string | undefined>, mesh: string): IsthmusError | undefined {
  const [holds] = [...held.values()].filter((other) => other !== undefined);
  if (holds === undefined) return undefined;
  const clusters = [...held].flatMap(([cluster, other]) => (other === holds ? [cluster] : []));
  return otherMeshError(clusters, { holds, declared: mesh });
}
