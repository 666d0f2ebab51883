import type { Clock } from '../../base/clock.ts';
import { asIsthmusError, endedBy, IsthmusError } from '../../base/error.ts';
import { isJsonObject } from '../../base/json.ts';
import { partition } from '../../base/partition.ts';
import { routeSettleMs } from '../../istio/mesh-service.ts';
import { removalStages } from '../../istio/stages.ts';
import type { KubeClient } from '../../kube/client.ts';
import { waitFor } from '../../kube/objects/wait.ts';
import { describeRef, type KubeObject, type ObjectRef, refKey } from '../../objects/object.ts';
import { fieldManager } from '../../objects/ownership.ts';
import { planObject } from '../../plan/change.ts';
import { ownedObject } from '../../plan/desired.ts';
import { inventoryObject, inventoryRef, parseInventory, unionOf } from '../../plan/inventory.ts';
import { isOfMesh, type Kept, type PrunePlan, planPrune, type Removal } from '../../plan/prune.ts';
import { type Decision, inventoryAfter } from '../decide/decide.ts';
import { releaseFields } from '../decide/preview.ts';
import { readOrProveGone } from '../read/candidates.ts';
import { digest } from '../read/digest.ts';

export interface PruneWork {
  readonly decision: Decision;
  readonly mesh: string;
  /** Why what other clusters may still use stays; undefined where all of them are as declared. */
  readonly peersUnsettled: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Awaited before each write; the first call takes the lock. What it throws ends the work. */
  readonly beforeWrite: () => Promise<void>;
}

/** What happened to the objects that are no longer declared. */
export interface PruneOutcome {
  readonly deleted: readonly ObjectRef[];
  /** Namespaces of users from which our label was removed. */
  readonly released: readonly ObjectRef[];
  /** Left by rule. */
  readonly kept: readonly Kept[];
  /** Could not be removed; the inventory goes on naming them, and the next apply tries again. */
  readonly failed: readonly Kept[];
}

/**
 * Removes what the inventory names and the mesh no longer wants, webhooks first, and then shortens the inventory to what
 * is wanted and what is not proven gone. One object that cannot be removed does not keep the others.
 */
export async function pruneCluster(work: PruneWork): Promise<PruneOutcome> {
  const { decision, mesh, peersUnsettled } = work;
  const { candidates, revisionsInUse } = decision;
  const plan = planPrune(candidates, { mesh, peersUnsettled, revisionsInUse });
  const results: Result[] = [];
  for (const stage of removalStages) {
    const now = [...plan.deletions, ...plan.releases].filter((removal) => removal.stage === stage);
    const [rules, others] = partition(now, ({ ref }) => ref.kind === 'DestinationRule');
    results.push(...(await Promise.all(others.map(async (removal) => await attempt(removal, plan, work)))));
    // A proxy that learns of the subsets' end before that of the route answers 503. The route may have gone in an earlier run.
    if (rules.length > 0) await work.clock.sleep(routeSettleMs, work.signal);
    results.push(...(await Promise.all(rules.map(async (removal) => await attempt(removal, plan, work)))));
  }
  const failed = results.flatMap(({ ref, problem }) => (problem === undefined ? [] : [{ ref, reason: problem }]));
  await shortenInventory(work, [...plan.kept, ...failed]);
  const done = (removals: readonly Removal[]): readonly ObjectRef[] =>
    removals.map(({ ref }) => ref).filter((ref) => !failed.some((one) => refKey(one.ref) === refKey(ref)));
  return { deleted: done(plan.deletions), released: done(plan.releases), kept: plan.kept, failed };
}

interface Result {
  readonly ref: ObjectRef;
  /** Why it is still there. */
  readonly problem: string | undefined;
}

async function attempt(removal: Removal, plan: PrunePlan, work: PruneWork): Promise<Result> {
  const { ref } = removal;
  const { signal, beforeWrite, decision } = work;
  const { cluster } = decision.part.client;
  if (!signal.aborted) await beforeWrite();
  if (signal.aborted) throw endedBy(signal, `${describeRef(ref)} was not removed`, { cluster });
  try {
    if (plan.releases.includes(removal)) {
      await release(removal, work);
      return { ref, problem: undefined };
    }
    return { ref, problem: await remove(removal, work) };
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    if (signal.aborted || error.code === 'cluster-unreachable' || error.code === 'authentication-failed') throw error;
    return { ref, problem: error.message };
  }
}

async function release(removal: Removal, { decision, signal }: PruneWork): Promise<void> {
  try {
    await releaseFields(decision.part.client, removal, {});
  } catch (error) {
    // A namespace that went away meanwhile needs nothing removed.
    if ((await readOrProveGone(decision.part.client, removal.ref, signal)) !== undefined) throw error;
  }
}

/** Status updates in between make a deletion start over, this often. */
const maxAttempts = 5;
/** How long an object may take to go; what a finalizer holds longer is left to the next apply. */
const patienceMs = 10_000;

/** Deletes an object as it is now, and waits until it is gone. Gives why it is not. */
async function remove({ ref, live }: Removal, work: PruneWork): Promise<string | undefined> {
  const { clock, signal, mesh, decision } = work;
  const { client } = decision.part;
  for (let attempts = 1; ; attempts += 1) {
    const now = await readOrProveGone(client, ref, signal);
    if (now === undefined) return undefined;
    if (now.metadata.uid !== live.metadata.uid) return 'someone else recreated it in the meantime';
    if (!isOfMesh(now, mesh)) return `it no longer carries the labels of mesh ${mesh}`;
    if (now.metadata.deletionTimestamp !== undefined) break;
    if (await requestDeletion(client, ref, { now, isLast: attempts >= maxAttempts })) break;
  }
  try {
    await waitFor(client, ref, { until: (object) => object === undefined, timeoutMs: patienceMs, signal, clock });
    return undefined;
  } catch (error) {
    if (!(error instanceof IsthmusError) || error.code !== 'timeout' || signal.aborted) throw error;
    return stuckText(await client.get(ref, { signal }));
  }
}

/** False where the object was changed since it was read, so that it has to be looked at once more. */
async function requestDeletion(
  client: KubeClient,
  ref: ObjectRef,
  { now, isLast }: { readonly now: KubeObject; readonly isLast: boolean },
): Promise<boolean> {
  const { uid = '', resourceVersion = '' } = now.metadata;
  try {
    // Without the signal: a deletion that is under way is finished, because nobody could say what became of it otherwise.
    await client.delete(ref, { uid, resourceVersion });
    return true;
  } catch (error) {
    if (isLast || !(error instanceof IsthmusError) || error.code !== 'conflict') throw error;
    return false;
  }
}

/** Why an object that is being deleted is still there. */
export function stuckText(object: KubeObject | undefined): string | undefined {
  if (object === undefined) return undefined;
  const { finalizers } = object.metadata;
  const names = Array.isArray(finalizers) ? finalizers.filter((name) => !isJsonObject(name)).join(', ') : '';
  return `it is being deleted${names === '' ? '' : `, and its finalizers hold it: ${names}`}`;
}

async function shortenInventory(work: PruneWork, left: readonly Kept[]): Promise<void> {
  const { decision, mesh, beforeWrite } = work;
  const { client, observed } = decision.part;
  const stored = parseInventory(observed.whole.get(refKey(inventoryRef)));
  // As the apply has left it.
  const present = inventoryObject(mesh, unionOf(stored, decision.wanted));
  const next = inventoryObject(mesh, inventoryAfter(decision.wanted, stored, { kept: left }));
  if (JSON.stringify(present) === JSON.stringify(next)) return;
  await beforeWrite();
  const change = planObject(ownedObject(next, mesh), undefined, { mesh, digest, drift: 'Repair' });
  if (change.action === 'Create') await client.apply(change.object, { fieldManager, conflicts: 'Force' });
}
