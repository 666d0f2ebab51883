import { asIsthmusError } from '../base/error.ts';
import { otherMeshError } from '../base/other-mesh.ts';
import { istioNamespace } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { heldMesh, readControlPlanes } from '../observe/control-plane.ts';

export interface HeldQuestion {
  /** The declared mesh. */
  readonly mesh: string;
  readonly signal: AbortSignal;
}

/** Throws `conflict`, before anything is written, where clusters hold another mesh than the declared one. */
export async function refuseOtherMesh(
  clients: ReadonlyMap<string, KubeClient>,
  { mesh, signal }: HeldQuestion,
): Promise<void> {
  const held = await Promise.all(
    [...clients].map(async ([cluster, client]) => {
      try {
        const planes = await readControlPlanes({ client, namespace: istioNamespace }, signal);
        return [
          cluster,
          heldMesh(
            planes.map(({ deployment }) => deployment),
            mesh,
          ),
        ] as const;
      } catch (thrown) {
        signal.throwIfAborted();
        // Who may not look finds out by what follows.
        if (asIsthmusError(thrown).code === 'internal') throw thrown;
        return [cluster, undefined] as const;
      }
    }),
  );
  refuseHeld(new Map(held), mesh);
}

/** The same, of what each cluster holds where that is another mesh. */
export function refuseHeld(held: ReadonlyMap<string, string | undefined>, mesh: string): void {
  const [holds] = [...held.values()].filter((other) => other !== undefined);
  if (holds === undefined) return;
  const clusters = [...held].flatMap(([cluster, other]) => (other === holds ? [cluster] : []));
  throw otherMeshError(clusters, { holds, declared: mesh });
}
