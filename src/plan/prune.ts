import { apiGroup } from '../api/crd.ts';
import { wrappingKeyKind } from '../api/wrapping-key.ts';
import { isServiceRoute } from '../istio/mesh-service.ts';
import { ingressSelector, istioNamespace } from '../istio/names.ts';
import { controlPlaneRevision } from '../istio/revision.ts';
import { removalStages, type Stage, stageOf, stages } from '../istio/stages.ts';
import { groupOf, type KubeObject, type ObjectRef, refKey } from '../objects/object.ts';
import { managedByLabel, managedByValue, meshLabel, systemNamespace } from '../objects/ownership.ts';
import { isOurs, managedFieldsOf } from './drift.ts';

/** An object that the inventory names and that is no longer declared. */
export interface Candidate {
  readonly ref: ObjectRef;
  /** Its metadata at least; undefined where it was proven to be gone. */
  readonly live: KubeObject | undefined;
}

/** An object that is to be deleted, or whose fields of ours are to be given back. */
export interface Removal {
  readonly stage: Stage;
  readonly ref: ObjectRef;
  readonly live: KubeObject;
}

/** An object that stays although it is no longer declared, and why. The inventory goes on naming it. */
export interface Kept {
  readonly ref: ObjectRef;
  readonly reason: string;
}

export interface PrunePlan {
  /** In the order of their stages in an apply; they are removed in `removalStages`. */
  readonly deletions: readonly Removal[];
  /** Namespaces of users: only what we set is removed. */
  readonly releases: readonly Removal[];
  readonly kept: readonly Kept[];
}

export interface PruneOptions {
  readonly mesh: string;
  /** Why what other clusters may still use has to stay for now; undefined where nothing keeps them. */
  readonly peersUnsettled: string | undefined;
  /** The revisions that still serve something, and what, for the control planes that are no longer declared. */
  readonly revisionsInUse: ReadonlyMap<string, string>;
}

/**
 * What an apply takes away of a cluster. Never a namespace, a definition, the mesh's issuer or anything in Kubernetes'
 * own namespaces, and nothing that does not carry this mesh's labels, whatever an inventory says.
 */
export function planPrune(candidates: readonly Candidate[], options: PruneOptions): PrunePlan {
  const deletions: Removal[] = [];
  const releases: Removal[] = [];
  const kept: Kept[] = [];
  for (const { ref, live } of candidates.toSorted(byPlace)) {
    if (live === undefined) continue;
    const removal = { stage: stageOf(live), ref, live };
    if (isUsersNamespace(ref) && !isLabelled(live)) {
      if (holdsFields(live)) releases.push({ ...removal, stage: 'Injection' });
      continue;
    }
    const reason = reasonToKeep(removal, options);
    if (reason === undefined) deletions.push(removal);
    else kept.push({ ref, reason });
  }
  return { deletions: deletions.toSorted(byStage), releases, kept };
}

/** In the order in which they are removed. */
export function inRemovalOrder(deletions: readonly Removal[]): readonly Removal[] {
  return deletions.toSorted((a, b) => removalStages.indexOf(a.stage) - removalStages.indexOf(b.stage));
}

function reasonToKeep(
  { stage, ref, live }: Removal,
  { mesh, peersUnsettled, revisionsInUse }: PruneOptions,
): string | undefined {
  const protection = protectionOf(ref);
  if (protection !== undefined) return protection;
  if (!isLabelled(live)) return `it no longer carries the labels of mesh ${mesh}, so it belongs to someone else`;
  const owner = live.metadata.labels?.[meshLabel];
  if (owner !== mesh) return `it belongs to mesh ${owner}`;
  const usedBy = revisionsInUse.get(controlPlaneRevision(live) ?? '');
  // Requests from outside the mesh come in at the ingress gateway, and none from a peer.
  const isIngress = live.metadata.labels?.istio === ingressSelector;
  return usedBy ?? (usedByPeers.has(stage) && !isServiceRoute(ref) && !isIngress ? peersUnsettled : undefined);
}

/**
 * The ways into a cluster, because a peer that has not heard of the change would still send its requests there; and the
 * mesh's documents, because their new home may not have them yet.
 */
const usedByPeers: ReadonlySet<Stage> = new Set<Stage>(['Exposure', 'Gateway', 'Address', 'Access', 'Documents']);

function protectionOf({ apiVersion, kind, namespace }: ObjectRef): string | undefined {
  if (kind === 'Namespace') return 'an apply never removes a namespace';
  if (kind === 'CustomResourceDefinition') {
    return 'an apply never removes a definition, because all objects of its kind would go with it';
  }
  if (namespace?.startsWith('kube-')) return "an apply removes nothing from Kubernetes' own namespaces";
  if (namespace === systemNamespace && (groupOf(apiVersion) !== apiGroup || kind === wrappingKeyKind)) {
    return 'it is what Isthmus itself keeps in the cluster';
  }
  return undefined;
}

function isUsersNamespace({ kind, name }: ObjectRef): boolean {
  return kind === 'Namespace' && name !== systemNamespace && name !== istioNamespace && !name.startsWith('kube-');
}

/** Both labels of this mesh; what has one of them is a copy, or belongs to somebody by now. */
export function isOfMesh(live: KubeObject, mesh: string): boolean {
  return isLabelled(live) && live.metadata.labels?.[meshLabel] === mesh;
}

function isLabelled({ metadata: { labels } }: KubeObject): boolean {
  return labels?.[managedByLabel] === managedByValue && labels[meshLabel] !== undefined;
}

function holdsFields(live: KubeObject): boolean {
  return managedFieldsOf(live).some((entry) => isOurs(entry) && Object.keys(entry.fieldsV1 ?? {}).length > 0);
}

function byPlace(a: Candidate, b: Candidate): number {
  return refKey(a.ref) < refKey(b.ref) ? -1 : 1;
}

function byStage(a: Removal, b: Removal): number {
  return stages.indexOf(a.stage) - stages.indexOf(b.stage);
}
