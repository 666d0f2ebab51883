import type { StoredShift } from '../api/mesh-shift.ts';
import { meshServiceObjects } from '../istio/mesh-service.ts';
import { serviceSplit, splitAt } from '../mesh/shifted.ts';
import type { KubeObject } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import { planObject } from '../plan/change.ts';
import { ownedObject, type StagedObject } from '../plan/desired.ts';
import { clientOf, type ShiftContext } from './context.ts';

type Rendering = Pick<ShiftContext, 'mesh' | 'digest'>;

/** What a step wants, as an apply would want it meanwhile. */
export function wantedAt(mesh: string, spec: StoredShift['spec'], step: number): readonly StagedObject[] {
  const service = serviceSplit({ ...spec.service, split: splitAt(spec, step) });
  return meshServiceObjects([service]).map((object) => ownedObject(object, mesh));
}

/** An object as an apply writes it, with its digest. */
export function applied(wanted: StagedObject, { mesh, digest }: Rendering): KubeObject {
  const change = planObject(wanted, undefined, { mesh, digest, drift: 'Repair' });
  return change.action === 'Create' ? change.object : wanted.object;
}

/** Writes the weights of a step into every cluster that an istiod takes its configuration from. */
export async function writeStep(context: ShiftContext, { spec }: StoredShift, step: number): Promise<void> {
  const objects = wantedAt(context.mesh, spec, step).map((wanted) => applied(wanted, context));
  await Promise.all(
    spec.clusters.map(async (cluster) => {
      const client = clientOf(context, cluster);
      // The subsets come first: a route to one that is not there answers 503.
      for (const object of objects) await client.apply(object, { fieldManager, conflicts: 'Refuse' });
    }),
  );
}
