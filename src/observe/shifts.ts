import { apiVersion } from '../api/mesh.ts';
import { meshShiftKind, type StoredShift, storedShift } from '../api/mesh-shift.ts';
import { IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';

/** The shifts that a home cluster keeps, ended ones among them; none where it does not know the kind. */
export async function readShifts(home: KubeClient, signal: AbortSignal): Promise<readonly StoredShift[]> {
  const found = await home.list({ apiVersion, kind: meshShiftKind }, { namespace: systemNamespace, signal });
  return found.map((object) => shiftOf(object, home));
}

/** The time of the cluster's API server, in milliseconds since the epoch. */
export function serverTime(home: Pick<KubeClient, 'clockLagMs'>, now: number): number {
  return now - (home.clockLagMs?.() ?? 0);
}

export function shiftRef(name: string): ObjectRef {
  return { apiVersion, kind: meshShiftKind, namespace: systemNamespace, name };
}

/** Throws where it has a form that this version does not know: passing over it would take its weights away. */
export function shiftOf(object: KubeObject, { cluster }: Pick<KubeClient, 'cluster'>): StoredShift {
  const parsed = storedShift.safeParse(object);
  if (parsed.success) return parsed.data;
  const { name } = object.metadata;
  throw new IsthmusError('unexpected-response', `MeshShift ${name} of ${cluster} has a form that is not known`, {
    cluster,
    cause: parsed.error,
    remedy: 'use the version of Isthmus that wrote it, or delete it where no shift is under way',
  });
}
