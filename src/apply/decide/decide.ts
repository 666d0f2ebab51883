import type { ClusterName } from '../../api/name.ts';
import { meshServiceRefs } from '../../istio/mesh-service.ts';
import { controlPlaneRevision } from '../../istio/revision.ts';
import { stages } from '../../istio/stages.ts';
import type { DeclaredMesh } from '../../mesh/declared.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../../objects/object.ts';
import { meshLabel } from '../../objects/ownership.ts';
import { readRevisionUse } from '../../observe/revision-use.ts';
import { type Change, planObject } from '../../plan/change.ts';
import { isDocument, ownedObject, type StagedObject } from '../../plan/desired.ts';
import { type DeletionGuard, guardDeletions } from '../../plan/guard.ts';
import { inventoryObject, inventoryRef, parseInventory, unionOf } from '../../plan/inventory.ts';
import type { Barrier, RespectedDrift } from '../../plan/mesh-plan.ts';
import { type Candidate, type PrunePlan, planPrune, type Removal } from '../../plan/prune.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import { isChosen, type Scope } from '../options.ts';
import { readCandidates } from '../read/candidates.ts';
import { digest } from '../read/digest.ts';
import { type LinkedObject, linkedObjects, linksOfPart, presentFacts } from '../read/fact-objects.ts';
import type { MeshFacts } from '../read/facts.ts';
import type { Preparation, Prepared } from '../read/prepare.ts';
import { barriersOf } from './barriers.ts';

/** A change of one object, and when its turn is. */
export interface StagedChange {
  readonly wanted: StagedObject;
  readonly change: Extract<Change, { action: 'Create' | 'Update' }>;
  /** Whether its content is known already, or follows from another cluster. */
  readonly content: LinkedObject['content'];
}

/** What one cluster's part of an apply does, decided before anything is written. */
export interface Decision {
  readonly part: Prepared;
  /** In the order in which they happen. */
  readonly changes: readonly StagedChange[];
  readonly refused: readonly ObjectRef[];
  readonly respected: readonly RespectedDrift[];
  readonly unchanged: number;
  readonly barriers: readonly Barrier[];
  /** Everything that the mesh wants in the cluster. */
  readonly wanted: readonly ObjectRef[];
  readonly candidates: readonly Candidate[];
  /** The revisions that are no longer wanted and still serve something, and what. */
  readonly revisionsInUse: ReadonlyMap<string, string>;
  readonly prune: PrunePlan;
  readonly guard: DeletionGuard;
  /** What follows from the mesh file and the renderer alone. */
  readonly fromFile: readonly StagedObject[];
}

/** The part of a request that decisions follow from. */
export interface DecideRequest {
  readonly mesh: ResolvedMesh;
  readonly ports: { readonly signal: AbortSignal };
  readonly scope: Scope;
}

/** Decides for every chosen cluster at once. Whatever has to be read for it is read here. */
export async function decideAll(
  { prepared, missing }: Preparation,
  fromFile: ReadonlyMap<ClusterName, readonly StagedObject[]>,
  request: DecideRequest,
): Promise<readonly Decision[]> {
  const { mesh, ports, scope } = request;
  const facts = await presentFacts({ prepared, missing }, mesh, ports.signal);
  const absent = mesh.names.filter(
    (name) => !isSettled(name, scope) || !prepared.some(({ topology }) => topology.name === name),
  );
  const peersUnsettled = unsettled(absent);
  return await Promise.all(
    prepared
      .filter(({ topology }) => isChosen(topology.name, scope))
      .map((part) =>
        decide(part, { request, facts, peersUnsettled, fromFile: fromFile.get(part.topology.name) ?? [] }),
      ),
  );
}

/** A cluster that this run brings to what is declared, or that is so already. */
function isSettled(name: ClusterName, scope: Scope): boolean {
  return isChosen(name, scope) || scope.settled?.has(name) === true;
}

/** Why what other clusters may use stays for now; undefined where all of them are as declared. */
export function unsettled(clusters: readonly ClusterName[]): string | undefined {
  if (clusters.length === 0) return undefined;
  return `other clusters may still use it until ${clusters.join(', ')} ${clusters.length === 1 ? 'is' : 'are'} as declared too`;
}

/** What a cluster's decision depends on besides the cluster itself. */
interface DecisionContext {
  readonly request: DecideRequest;
  readonly facts: MeshFacts;
  readonly peersUnsettled: string | undefined;
  /** What follows from the mesh file alone, without the mesh's trust. */
  readonly fromFile: readonly StagedObject[];
}

async function decide(part: Prepared, context: DecisionContext): Promise<Decision> {
  const { request, facts, peersUnsettled, fromFile } = context;
  const { scope } = request;
  const { signal } = request.ports;
  const { declared, name: mesh, home } = request.mesh;
  const { live, whole, scaledToZero } = part.observed;
  const links = linksOfPart(part, facts, mesh);
  const objects = withLinked(part.objects, await linkedObjects(links));
  const refs = objects.map(({ wanted: { object } }) => refOf(object));
  const inventory = ownInventory(whole.get(refKey(inventoryRef)), scope);
  const wanted = [
    ...(part.documents === 'Operator' ? refs.filter((ref) => !isDocument(ref)) : refs),
    ...pausedRefs(declared, inventory),
    inventoryRef,
  ];
  const candidates = await readCandidates(part.client, { inventory, wanted, live, signal });
  const revisionsInUse = await readRevisionsInUse(part, candidates, signal);
  const prune = planPrune(candidates, { mesh, peersUnsettled, revisionsInUse });
  const named: StagedObject = {
    ...ownedObject(inventoryObject(mesh, inventoryAfter(wanted, inventory, prune)), mesh),
    // It is written before the first object of ours.
    stage: 'Namespace',
  };
  const policy = { mesh, digest, drift: declared.mesh.spec.drift, scaledToZero };
  const planned = [...objects, { wanted: named, content: 'Known' as const }].map((linked) => ({
    ...linked,
    change: planLinked(linked, planObject(linked.wanted, live.get(refKey(refOf(linked.wanted.object))), policy)),
  }));
  return {
    part,
    changes: planned
      .flatMap(({ wanted: object, change, content }) =>
        change.action === 'Create' || change.action === 'Update' ? [{ wanted: object, change, content }] : [],
      )
      .toSorted(inOrder),
    refused: planned.flatMap(({ change }) => (change.action === 'Refuse' ? [change.ref] : [])),
    respected: planned.flatMap(({ change }) =>
      'respected' in change && change.respected.length > 0 ? [{ ref: change.ref, drift: change.respected }] : [],
    ),
    unchanged: planned.filter(({ change }) => change.action === 'Unchanged').length,
    barriers: barriersOf(part.topology, links, home),
    wanted,
    candidates,
    revisionsInUse,
    prune,
    guard: guardDeletions({
      deletions: prune.deletions.map(({ ref }) => ref),
      followed: prune.deletions.filter((removal) => isFollowed(removal, part.topology)).map(({ ref }) => ref),
      inventory,
      remaining: wanted.filter((ref) => live.get(refKey(ref))?.metadata.labels?.[meshLabel] === mesh).length - 1,
      maxDelete: scope.maxDelete,
    }),
    fromFile,
  };
}

/** What the stored inventory names, without the declared documents where those are left to someone else. */
function ownInventory(stored: KubeObject | undefined, { homeDocuments }: Scope): readonly ObjectRef[] {
  const refs = parseInventory(stored);
  return homeDocuments === 'Leave' ? refs.filter((ref) => !isDocument(ref)) : refs;
}

/** What the MeshServices that are paused have had from us: neither changed nor removed. */
function pausedRefs({ paused = [] }: DeclaredMesh, inventory: readonly ObjectRef[]): readonly ObjectRef[] {
  const keys = new Set(paused.flatMap(meshServiceRefs).map(refKey));
  return inventory.filter((ref) => keys.has(refKey(ref)));
}

/** An object of a control plane that the one of another revision has followed. */
function isFollowed({ live }: Removal, { istio, revision: wanted }: ClusterTopology): boolean {
  const revision = controlPlaneRevision(live);
  return istio === 'Rendered' && revision !== undefined && revision !== wanted;
}

/** Whom the control planes among the candidates still serve. */
async function readRevisionsInUse(
  { topology, client }: Prepared,
  candidates: readonly Candidate[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { revision: wanted, previousRevision } = topology;
  const found = new Set(candidates.flatMap(({ live }) => (live && controlPlaneRevision(live)) ?? []));
  const revisions = [...found].filter((revision) => revision !== wanted && revision !== previousRevision);
  const moving = topology.cluster.spec.injectNamespaces;
  const used = await readRevisionUse(client, { revisions, moving, signal });
  if (previousRevision === undefined) return used;
  return new Map([...used, [previousRevision, `spec.istio.previousRevision names revision ${previousRevision}`]]);
}

/** A link's object takes the place of what follows from the file alone. */
function withLinked(objects: readonly StagedObject[], linked: readonly LinkedObject[]): readonly LinkedObject[] {
  const all = [...objects.map((wanted): LinkedObject => ({ wanted, content: 'Known' })), ...linked];
  return [...new Map(all.map((one) => [refKey(refOf(one.wanted.object)), one])).values()];
}

/** What is there stays where its content cannot be known. */
function planLinked({ content }: LinkedObject, change: Change): Change {
  if (change.action !== 'Update' || content === 'Known') return change;
  if (content === 'Unknown') return { action: 'Unchanged', ref: change.ref, respected: [] };
  return { ...change, reason: 'its content follows from another cluster during the apply' };
}

/** What the inventory names when everything was done: it goes on naming what stays. */
export function inventoryAfter(
  wanted: readonly ObjectRef[],
  inventory: readonly ObjectRef[],
  { kept }: Pick<PrunePlan, 'kept'>,
): readonly ObjectRef[] {
  const stays = new Set(kept.map(({ ref }) => refKey(ref)));
  return unionOf(
    wanted,
    inventory.filter((ref) => stays.has(refKey(ref))),
  );
}

function inOrder(a: StagedChange, b: StagedChange): number {
  const byStage = stages.indexOf(a.wanted.stage) - stages.indexOf(b.wanted.stage);
  if (byStage !== 0) return byStage;
  const [isInventoryA, isInventoryB] = [a, b].map(({ change }) => refKey(change.ref) === refKey(inventoryRef));
  // Its namespace comes first.
  if (isInventoryA !== isInventoryB) return isInventoryA ? 1 : -1;
  return refKey(a.change.ref) < refKey(b.change.ref) ? -1 : 1;
}
