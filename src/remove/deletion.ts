import type { Clock } from '../base/clock.ts';
import { mapConcurrent } from '../base/concurrency.ts';
import { asIsthmusError, endedBy, type IsthmusError } from '../base/error.ts';
import type { KubeClient } from '../kube/client.ts';
import { objectPath } from '../kube/objects/path.ts';
import type { ServedKind } from '../kube/objects/served-kinds.ts';
import { describeRef, groupOf, type KubeObject, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import type { RemovalReporter } from './events.ts';
import { finalizersOf, sortFinalizers } from './finalizer.ts';

/** What every step of a removal in one cluster works with. */
export interface RemovalContext {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** After it nothing more is begun; what is under way is finished. */
  readonly signal: AbortSignal;
  /** On the monotonic clock: until then something that hangs is waited for. */
  readonly deadline: number;
  readonly report: RemovalReporter;
  /** Awaited before each write; the first call takes the lock. */
  readonly beforeWrite: () => Promise<void>;
  readonly ledger: Ledger;
}

/** What a removal has done in one cluster so far. */
export interface Ledger {
  /** How many objects are gone, by kind. */
  readonly removed: Map<string, number>;
  readonly released: string[];
  readonly stripped: { readonly object: ObjectRef; readonly finalizers: readonly string[] }[];
  /** What did not go, by refKey. */
  readonly stuck: Map<string, Stuck>;
}

/** An object that did not go. */
export interface Stuck {
  readonly object: ObjectRef;
  /** A sentence: what keeps it. */
  readonly reason: string;
  readonly finalizers: readonly string[];
}

export function newLedger(): Ledger {
  return { removed: new Map(), released: [], stripped: [], stuck: new Map() };
}

const inFlight = 32;
const pollMs = 200;
/** What serves a finalizer gets this long; a controller that runs needs a second or two. */
export const patienceMs = 10_000;
/** Finalizers that a part of Kubernetes or of a cloud serves: pods may take 30 s to end, load balancers longer. */
const slowPatienceMs = 60_000;
const slow = new Set([
  'foregroundDeletion',
  'orphan',
  'customresourcecleanup.apiextensions.k8s.io',
  'service.kubernetes.io/load-balancer-cleanup',
]);

/** Deletions of these wait for their pods: an istiod that still ends would write what is being removed. */
const workloads = new Set(['Deployment', 'DaemonSet', 'StatefulSet', 'Job']);

/**
 * Deletes objects and waits until they are gone. What hangs on a finalizer that only we or Istio set is freed after a
 * patience; what hangs on another's is noted as stuck and left behind. Resolves with how many are gone.
 */
export async function deleteObjects(
  context: RemovalContext,
  kinds: readonly ServedKind[],
  objects: readonly KubeObject[],
): Promise<number> {
  const started = context.clock.monotonic();
  await mapConcurrent(objects, inFlight, (object) => deleteOne(context, object));
  let left = await present(
    context,
    objects.filter((object) => !isStuck(context, object)),
  );
  let said = false;
  while (left.length > 0) {
    const waited = context.clock.monotonic() - started;
    if (waited > 2_000 && !said) {
      said = true;
      context.report({ type: 'Waiting', cluster: context.client.cluster, details: { what: `${sample(left)} to go` } });
    }
    for (const object of left) await judge(context, kinds, object, waited);
    left = left.filter((object) => !isStuck(context, object));
    if (left.length === 0) break;
    await pause(context, pollMs);
    left = await present(context, left);
  }
  const gone = objects.filter((object) => !isStuck(context, object));
  for (const { kind } of gone) count(context.ledger, kind);
  return gone.length;
}

function count({ removed }: Ledger, kind: string): void {
  removed.set(kind, (removed.get(kind) ?? 0) + 1);
}

function isStuck({ ledger }: RemovalContext, object: KubeObject): boolean {
  return ledger.stuck.has(refKey(refOf(object)));
}

async function deleteOne(context: RemovalContext, object: KubeObject): Promise<void> {
  const { client, signal, ledger } = context;
  const ref = refOf(object);
  ledger.stuck.delete(refKey(ref));
  await begin(context, `${describeRef(ref)} was not deleted`);
  const { uid } = object.metadata;
  try {
    // Without the signal: a deletion that is under way is finished.
    await client.delete(ref, {
      ...(uid === undefined ? {} : { uid }),
      propagation: workloads.has(object.kind) ? 'Foreground' : 'Background',
    });
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    if (signal.aborted || isAbsence(error)) throw error;
    // Recreated meanwhile, or refused by an admission webhook: the others can still go.
    ledger.stuck.set(refKey(ref), { object: ref, reason: error.message, finalizers: [] });
  }
}

/** A cluster that is gone is no matter of one object. */
function isAbsence({ code }: IsthmusError): boolean {
  return code === 'cluster-unreachable' || code === 'timeout' || code === 'authentication-failed';
}

/** Those of the objects that still exist, as they are now; another one of the same name counts as gone. */
async function present(context: RemovalContext, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const found = await mapConcurrent(objects, inFlight, async (object) => {
    const now = await context.client.get(refOf(object), { signal: context.signal });
    return now !== undefined && now.metadata.uid === object.metadata.uid ? now : undefined;
  });
  return found.filter((object) => object !== undefined);
}

/** Frees an object that has waited long enough (`waited`, in milliseconds), or notes what keeps it. */
async function judge(
  context: RemovalContext,
  kinds: readonly ServedKind[],
  object: KubeObject,
  waited: number,
): Promise<void> {
  const all = finalizersOf(object);
  const ripe = waited >= (all.length === 0 || all.some((one) => slow.has(one)) ? slowPatienceMs : patienceMs);
  const late = context.clock.monotonic() >= context.deadline;
  if (!ripe && !late) return;
  const rest = ripe ? await strip(context, kinds, object) : all;
  if (rest.length === 0 && all.length > 0) return;
  note(context, object, rest);
}

function note({ client, ledger, report }: RemovalContext, object: KubeObject, finalizers: readonly string[]): void {
  const ref = refOf(object);
  const by = finalizers.length === 0 ? ['no finalizer: the cluster itself has not finished deleting it'] : finalizers;
  const reason = finalizers.length === 0 ? (by[0] ?? '') : `it waits for the finalizer ${finalizers.join(', ')}`;
  ledger.stuck.set(refKey(ref), { object: ref, reason, finalizers });
  report({ type: 'Blocked', cluster: client.cluster, details: { what: describeRef(ref), by } });
}

/** Takes Istio's and our own finalizers off an object that is being deleted; gives those that are left. */
export async function strip(
  context: RemovalContext,
  kinds: readonly ServedKind[],
  object: KubeObject,
): Promise<readonly string[]> {
  const { strippable, foreign } = sortFinalizers(object);
  if (strippable.length === 0 || object.metadata.deletionTimestamp === undefined) return finalizersOf(object);
  const ref = refOf(object);
  const resource = kinds.find(
    ({ kind, apiVersion }) => kind === ref.kind && groupOf(apiVersion) === groupOf(ref.apiVersion),
  );
  if (resource === undefined) return finalizersOf(object);
  const { client, ledger, report } = context;
  await begin(context, `the finalizers of ${describeRef(ref)} were not taken off`);
  // The resource version makes sure that nobody has added one meanwhile.
  const { resourceVersion } = object.metadata;
  try {
    await client.raw({
      method: 'PATCH',
      path: objectPath(ref, resource, client.cluster),
      contentType: 'application/merge-patch+json',
      body: { metadata: { finalizers: foreign, ...(resourceVersion === undefined ? {} : { resourceVersion }) } },
    });
  } catch (thrown) {
    const { code } = asIsthmusError(thrown);
    // Gone or changed meanwhile: the next look sees it.
    if (code === 'not-found' || code === 'conflict') return foreign;
    throw thrown;
  }
  ledger.stripped.push({ object: ref, finalizers: strippable });
  report({ type: 'Stripped', cluster: client.cluster, details: { object: ref, finalizers: strippable } });
  return foreign;
}

/** What precedes each write: the lock, and a look whether anything may still be begun. */
export async function begin({ client, signal, beforeWrite }: RemovalContext, left: string): Promise<void> {
  if (!signal.aborted) await beforeWrite();
  if (signal.aborted) throw endedBy(signal, left, { cluster: client.cluster });
}

/** Sleeps; an abort ends it with what is not done. */
export async function pause({ client, clock, signal }: RemovalContext, ms: number): Promise<void> {
  await clock.sleep(ms, signal).catch(() => {
    throw endedBy(signal, 'not everything is gone yet', { cluster: client.cluster });
  });
}

/** Waits until what hangs on a finalizer is gone or the time is up. */
export async function awaitStuck(context: RemovalContext): Promise<void> {
  const { ledger, clock, deadline } = context;
  while (ledger.stuck.size > 0 && clock.monotonic() < deadline) {
    for (const [key, { object, finalizers }] of [...ledger.stuck]) {
      // One that was refused stays refused until the next pass.
      if (finalizers.length === 0) continue;
      if ((await context.client.get(object, { signal: context.signal })) !== undefined) continue;
      ledger.stuck.delete(key);
      count(ledger, object.kind);
    }
    if (![...ledger.stuck.values()].some(({ finalizers }) => finalizers.length > 0)) return;
    await pause(context, 5 * pollMs);
  }
}

function sample(objects: readonly KubeObject[]): string {
  const [first, ...others] = objects.map((object) => describeRef(refOf(object)));
  return others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
}
