import type { MeshService } from '../api/mesh-service.ts';
import type { ClusterName } from '../api/name.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { ClusterDrift, DriftedObject, ServiceEffect } from '../diagnose/facts/drift.ts';
import { meshServiceObjects } from '../istio/mesh-service.ts';
import { describeRef, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import { inventoryRef } from '../plan/inventory.ts';
import type { Decision } from './decide/decide.ts';
import { isChosen, type MeshRequest } from './options.ts';
import { decideRun } from './resolve-run.ts';

/**
 * What the chosen clusters hold against what is declared, as a plan sees it: by metadata, and without trying anything
 * (docs/adr/0002-drift-by-field-ownership.md). A cluster that could not be read or compared is a result.
 */
export async function readDrift(request: MeshRequest): Promise<ReadonlyMap<ClusterName, ClusterDrift>> {
  const { mesh, ports, scope } = request;
  const chosen = mesh.names.filter((name) => isChosen(name, scope));
  try {
    const { decisions, missing } = await decideRun(request);
    return new Map(
      chosen.map((name) => {
        const decision = decisions.find(({ part }) => part.topology.name === name);
        if (decision !== undefined) return [name, driftOf(decision, mesh.declared.services)];
        return [name, unread(missing.get(name) ?? new IsthmusError('internal', `cluster ${name} was not compared`))];
      }),
    );
  } catch (thrown) {
    ports.signal.throwIfAborted();
    const error = asIsthmusError(thrown);
    if (error.code === 'internal') throw error;
    return new Map(chosen.map((name) => [name, unread(error)]));
  }
}

function unread(error: IsthmusError): ClusterDrift {
  return { state: 'Unread', error };
}

function driftOf(decision: Decision, services: readonly MeshService[]): ClusterDrift {
  const objects = objectsOf(decision);
  const differing = new Set(objects.map(({ ref }) => refKey(ref)));
  const isServed = decision.part.topology.controlPlane.kind !== 'RemoteOf';
  return {
    state: 'Compared',
    objects: objects.map(({ drifted }) => drifted),
    services: isServed ? services.map((service) => effectOf(service, decision, differing)) : [],
  };
}

interface DriftedAt {
  readonly ref: ObjectRef;
  readonly drifted: DriftedObject;
}

/** The inventory follows from the others, so it counts only where somebody changed it. */
function objectsOf({ changes, prune, refused }: Decision): readonly DriftedAt[] {
  const drifted = (ref: ObjectRef, what: DriftedObject['what'], fields: DriftedObject['fields'] = []): DriftedAt => ({
    ref,
    drifted: { object: describeRef(ref), what, fields },
  });
  const changed = changes.map(({ change }) =>
    change.action === 'Create' ? drifted(change.ref, 'Missing') : drifted(change.ref, 'Changed', change.drift),
  );
  const own = changed.filter(
    ({ ref, drifted: { fields } }) => refKey(ref) !== refKey(inventoryRef) || fields.length > 0,
  );
  return [
    ...own,
    ...[...prune.releases, ...prune.deletions].map(({ ref }) => drifted(ref, 'Unwanted')),
    ...refused.map((ref) => drifted(ref, 'Foreign')),
  ];
}

/** A service that stays in its cluster is a setting of istiod; every other policy is an object of its own. */
function effectOf(service: MeshService, { wanted }: Decision, differing: ReadonlySet<string>): ServiceEffect {
  const own = meshServiceObjects([service]).map(refOf);
  const settings = service.spec.scope === 'Cluster' ? wanted.filter(isMeshConfig) : [];
  return {
    namespace: service.metadata.namespace,
    name: service.metadata.name,
    policy: policyText(service),
    inEffect: [...own, ...settings].every((ref) => !differing.has(refKey(ref))),
  };
}

/** istiod's settings; with a revision the name ends with it. */
function isMeshConfig({ kind, name }: ObjectRef): boolean {
  return kind === 'ConfigMap' && (name === 'istio' || (name.startsWith('istio-') && !name.startsWith('istio-sidecar')));
}

function policyText({ spec: { scope, split, failover } }: MeshService): string {
  const shares = Object.entries(split ?? {}).map(([cluster, weight]) => `${cluster} ${weight}`);
  const parts = [
    ...(scope === 'Cluster' ? ["stays in the caller's cluster"] : []),
    ...(shares.length === 0 ? [] : [`split ${shares.join(', ')}`]),
    ...(failover === undefined ? [] : ['failover']),
  ];
  return parts.length === 0 ? 'shared by all clusters' : parts.join('; ');
}
