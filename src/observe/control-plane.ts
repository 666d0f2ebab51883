import { defaultRevision } from '../api/name.ts';
import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import { istiodName } from '../istio/names.ts';
import { revisionLabel } from '../istio/revision.ts';
import type { KubeObject } from '../objects/object.ts';
import { meshLabel } from '../objects/ownership.ts';
import type { IstiodPlace } from './istiod.ts';

/** An istiod of one revision, as its Deployment states it. */
export interface ControlPlane {
  readonly revision: string;
  /** The tag of its image, which is Istio's version for every released image. */
  readonly version: string | undefined;
  readonly deployment: KubeObject;
}

/** Every istiod of a place, one for each revision. */
export async function readControlPlanes(
  { client, namespace }: IstiodPlace,
  signal: AbortSignal,
): Promise<readonly ControlPlane[]> {
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };
  const deployments = await client.list(kind, { namespace, labelSelector: `app=${istiodName}`, signal });
  return deployments.map(controlPlaneOf);
}

/** The other mesh whose label istiods of a cluster have, where none has that of the mesh. */
export function heldMesh(istiods: readonly KubeObject[], mesh: string): string | undefined {
  const labels = istiods.flatMap(({ metadata }) => metadata.labels?.[meshLabel] ?? []);
  return labels.includes(mesh) ? undefined : labels[0];
}

/** A Deployment of istiod as what it states. */
export function controlPlaneOf(deployment: KubeObject): ControlPlane {
  const revision = deployment.metadata.labels?.[revisionLabel] ?? defaultRevision;
  return { revision, version: imageTag(deployment), deployment };
}

/** The first container of a Deployment's pods: istiod's charts have no other. */
export function containerOf(deployment: KubeObject): JsonObject | undefined {
  const containers = valueAt(deployment, ['spec', 'template', 'spec', 'containers']);
  const first: Json | undefined = Array.isArray(containers) ? containers[0] : undefined;
  return isJsonObject(first) ? first : undefined;
}

function imageTag(deployment: KubeObject): string | undefined {
  const image = containerOf(deployment)?.image;
  return typeof image === 'string' ? /:([^:/@]+)(@.*)?$/.exec(image)?.[1] : undefined;
}
