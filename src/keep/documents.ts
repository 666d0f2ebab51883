import { apiVersion } from '../api/mesh.ts';
import { pausedAnnotation, renewTokenAnnotation } from '../api/mesh-cluster-status.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { clusterFinalizer } from './finalizer.ts';

/** A document of the home cluster, with what only the cluster knows of it. */
export interface KeptDocument {
  readonly kind: 'Mesh' | 'MeshCluster' | 'MeshService';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Grows with every change of the spec. */
  readonly generation: number;
  readonly isPaused: boolean;
  readonly isDeleted: boolean;
  /** It has our finalizer. */
  readonly isHeld: boolean;
  /** As it was applied, without defaults; the API server has judged its form. */
  readonly spec: JsonObject;
  /** What `isthmus.dev/renew-token` says; undefined where the document has no such annotation. */
  readonly renewToken?: string | undefined;
  /** As it is stored; empty where nothing was written yet. */
  readonly status: JsonObject;
}

const inSystem = { namespace: systemNamespace } as const;

/** The Mesh, the MeshClusters and the MeshServices that the home cluster keeps, in the order of their kinds and names. */
export async function readKeptDocuments(client: KubeClient, signal: AbortSignal): Promise<readonly KeptDocument[]> {
  const kinds = ['Mesh', 'MeshCluster', 'MeshService'] as const;
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const objects = await client.list({ apiVersion, kind }, { ...(kind === 'MeshService' ? {} : inSystem), signal });
      return objects.map((object) => keptDocument(kind, object));
    }),
  );
  return lists.flat();
}

function keptDocument(kind: KeptDocument['kind'], { metadata, spec, status }: KubeObject): KeptDocument {
  const { name, namespace = '', uid = '', generation, annotations, deletionTimestamp, finalizers } = metadata;
  return {
    kind,
    name,
    namespace,
    uid,
    generation: typeof generation === 'number' ? generation : 0,
    isPaused: annotations?.[pausedAnnotation] !== undefined && annotations[pausedAnnotation] !== 'false',
    isDeleted: deletionTimestamp !== undefined,
    isHeld: Array.isArray(finalizers) && finalizers.includes(clusterFinalizer),
    spec: isJsonObject(spec) ? spec : {},
    renewToken: annotations?.[renewTokenAnnotation],
    status: isJsonObject(status) ? status : {},
  };
}
