import type { MeshService } from '../api/mesh-service.ts';
import { withLivingShifts } from '../apply/read/living-shifts.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import type { ModelledEffect } from '../base/service-effect.ts';
import type { ClusterDrift } from '../diagnose/facts/drift.ts';
import type { ServiceEffect } from '../diagnose/facts/service.ts';
import { fieldsOf } from '../discovery/values/fields.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import { hostOf, meshServiceObjects, partsOf, policyText } from '../istio/mesh-service.ts';
import { istioNamespace } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { steeredServices } from '../mesh/shifted.ts';
import { effectsIn } from '../predict/service/effect.ts';
import type { Steering } from '../predict/service/steering.ts';
import { worldOf } from '../predict/world/world.ts';
import { readMesh, snapshotOf } from '../snapshot/take.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { lookUp } from './read-snapshot.ts';

/** What the clusters hold that decides about requests, or why it could not be read. */
export type ModelReading = { readonly snapshot: Snapshot } | { readonly error: IsthmusError };

/** The services as they are to be treated now, and why the shifts that may change that were not read. */
export interface WantedServices {
  readonly services: readonly MeshService[];
  readonly unread?: IsthmusError;
}

/** Where the shifts cannot be read the documents count, as for a mesh without any. */
export async function wantedServices(
  mesh: ResolvedMesh,
  ports: Parameters<typeof withLivingShifts>[1],
): Promise<WantedServices> {
  try {
    return { services: steeredServices((await withLivingShifts(mesh, ports)).declared) };
  } catch (thrown) {
    ports.signal.throwIfAborted();
    const unread = asIsthmusError(thrown);
    if (unread.code === 'internal') throw thrown;
    return { services: steeredServices(mesh.declared), unread };
  }
}

/** Reads what the model needs of every cluster. */
export async function readModel({
  clients,
  ...options
}: {
  readonly clients: ReadonlyMap<string, KubeClient>;
  readonly unreachable: ReadonlyMap<string, IsthmusError>;
  readonly signal: AbortSignal;
}): Promise<ModelReading> {
  try {
    return { snapshot: await snapshotOf(await readMesh([...clients.values()], options), lookUp) };
  } catch (thrown) {
    options.signal.throwIfAborted();
    const error = asIsthmusError(thrown);
    if (error.code === 'internal') throw error;
    return { error };
  }
}

/** Whether each MeshService is in effect in a cluster: whether its objects are as declared, and whether proxies go by them. */
export function serviceEffects(
  cluster: string,
  services: readonly MeshService[],
  { model, drift }: { readonly model: ModelReading; readonly drift: ClusterDrift | undefined },
): readonly ServiceEffect[] {
  const effects = 'error' in model ? undefined : effectsIn(worldOf(model.snapshot), cluster, services.map(steeringOf));
  const differing = drift?.state === 'Compared' ? drift.services : [];
  const unread: ModelledEffect =
    'error' in model
      ? { state: 'Unknown', why: model.error.message, error: model.error }
      : { state: 'Unknown', why: 'it was not asked for' };
  return services.map((service): ServiceEffect => {
    const { namespace, name } = service.metadata;
    return {
      namespace,
      name,
      policy: policyText(service),
      isAsDeclared: !differing.some((one) => one.namespace === namespace && one.name === name),
      effect: effects?.get(keyOf(service)) ?? unread,
    };
  });
}

function keyOf({ metadata: { namespace, name } }: MeshService): string {
  return `${namespace}/${name}`;
}

function steeringOf(service: MeshService): Steering {
  const { failover, scope, active } = service.spec;
  const [rule] = meshServiceObjects([service]);
  const parts = partsOf(service);
  return {
    key: keyOf(service),
    host: hostOf(service),
    object: `${istioNamespace}/${rule?.metadata.name ?? ''}`,
    rule: rule === undefined ? undefined : fieldsOf(rule.spec),
    split: parts.length === 0 ? undefined : Object.fromEntries(parts.map(({ subset, share }) => [subset, share])),
    failsOverTo: (failover ?? []).map(({ to }) => to).filter((to) => to !== active),
    staysInCluster: scope === 'Cluster',
  };
}
