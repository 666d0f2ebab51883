import type { MeshService } from '../api/mesh-service.ts';
import type { ClusterName } from '../api/name.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { ClusterDrift, DriftedObject } from '../diagnose/facts/drift.ts';
import { meshServiceObjects } from '../istio/mesh-service.ts';
import { describeRef, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import { isDocument } from '../plan/desired.ts';
import { inventoryRef } from '../plan/inventory.ts';
import { declaresTheSame } from '../plan/same-document.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { caCertsPlaces, issuerSecretOf } from '../trust/trust-secrets.ts';
import type { Decision } from './decide/decide.ts';
import { isChosen, type MeshRequest } from './options.ts';
import { decideRun } from './resolve-run.ts';

/**
 * What the chosen clusters hold against what is declared, as a plan sees it: by metadata, and without trying anything
 * (docs/adr/0002-drift-by-field-ownership.md). A cluster that could not be read or compared is a result. While the home
 * cluster does not answer nobody knows the issuer, so that no `cacerts` that is there is compared with it.
 */
export async function readDrift(request: MeshRequest): Promise<ReadonlyMap<ClusterName, ClusterDrift>> {
  const { mesh, ports, scope } = request;
  const chosen = mesh.names.filter((name) => isChosen(name, scope));
  try {
    const { decisions, missing } = await decideRun(request);
    const home = decisions.find(({ part }) => part.topology.name === mesh.home);
    const same = home === undefined ? new Set<string>() : await sameDocuments(home, ports.signal);
    const left = missing.has(mesh.home) ? incomparable(mesh) : same;
    return new Map(
      chosen.map((name) => {
        const decision = decisions.find(({ part }) => part.topology.name === name);
        if (decision !== undefined) return [name, driftOf(withoutUpdates(decision, left), mesh.declared.services)];
        return [name, unread(missing.get(name) ?? new IsthmusError('internal', `cluster ${name} was not compared`))];
      }),
    );
  } catch (thrown) {
    ports.signal.throwIfAborted();
    const error = asIsthmusError(thrown);
    if (error.code === 'internal') throw error;
    // What is missing of the issuer may be in the home cluster.
    const isOfIssuer = error.code === 'root-key-missing' || error.code === 'trust-invalid';
    const cause = (isOfIssuer ? ports.unreachable.get(mesh.home) : undefined) ?? error;
    return new Map(chosen.map((name) => [name, unread(cause)]));
  }
}

/** What depends on the issuer in a home cluster that was not read. */
function incomparable({ declared, topology }: ResolvedMesh): ReadonlySet<string> {
  if (issuerSecretOf(declared) === undefined) return new Set();
  return new Set(caCertsPlaces(topology).map(({ ref }) => refKey(ref)));
}

/**
 * The documents of the home cluster that someone else wrote, such as kubectl, and that declare what the file does: they carry no
 * record of what was applied, and differ in nothing.
 */
async function sameDocuments({ part, changes }: Decision, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const documents = changes.filter(({ change }) => change.action === 'Update' && isDocument(change.ref));
  const found = await Promise.all(
    documents.map(async ({ wanted: { object }, change: { ref } }) => {
      const live = await part.client.get(ref, { signal });
      return live !== undefined && declaresTheSame(object, live) ? refKey(ref) : undefined;
    }),
  );
  return new Set(found.filter((key) => key !== undefined));
}

function withoutUpdates(decision: Decision, left: ReadonlySet<string>): Decision {
  const changes = decision.changes.filter(({ change }) => change.action !== 'Update' || !left.has(refKey(change.ref)));
  return changes.length === decision.changes.length ? decision : { ...decision, changes };
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
    services: isServed
      ? services
          .filter((service) => isCarriedBy(service, decision, differing))
          .map(({ metadata: { namespace, name } }) => ({ namespace, name }))
      : [],
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

/** Whether an object that carries the service out differs: one that stays in its cluster is a setting of istiod. */
function isCarriedBy(service: MeshService, { wanted }: Decision, differing: ReadonlySet<string>): boolean {
  const own = meshServiceObjects([service]).map(refOf);
  const settings = service.spec.scope === 'Cluster' ? wanted.filter(isMeshConfig) : [];
  return [...own, ...settings].some((ref) => differing.has(refKey(ref)));
}

/** istiod's settings; with a revision the name ends with it. */
function isMeshConfig({ kind, name }: ObjectRef): boolean {
  return kind === 'ConfigMap' && (name === 'istio' || (name.startsWith('istio-') && !name.startsWith('istio-sidecar')));
}
