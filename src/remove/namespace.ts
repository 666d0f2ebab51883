import { isJsonObject, valueAt } from '../base/json.ts';
import { describeRef, type KubeObject, refKey, refOf } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import { begin, patienceMs, pause, type RemovalContext, strip } from './deletion.ts';
import { finalizersOf } from './finalizer.ts';
import { readSurvey } from './survey.ts';

const pollMs = 250;

/**
 * Deletes a namespace and waits until it is gone or the time is up. Where it hangs, what blocks it is reported, and objects
 * in it are freed of Istio's and our own finalizers. The namespace itself is never finalized by us: that would leave
 * its objects in the store without a way to see them.
 */
export async function deleteNamespace(context: RemovalContext, namespace: KubeObject): Promise<void> {
  const { client, clock, ledger, report } = context;
  const ref = refOf(namespace);
  const { uid, name } = namespace.metadata;
  await begin(context, `${describeRef(ref)} was not deleted`);
  await client.delete(ref, uid === undefined ? {} : { uid });
  let looked = clock.monotonic();
  let blockers: readonly string[] = [];
  for (;;) {
    const now = await client.get(ref, { signal: context.signal });
    if (now === undefined || now.metadata.uid !== uid) break;
    if (clock.monotonic() - looked >= patienceMs) {
      blockers = await unblock(context, now, blockers);
      looked = clock.monotonic();
    }
    if (clock.monotonic() >= context.deadline) {
      const reason = `it is still Terminating${blockers.length === 0 ? '' : `: ${blockers.join('; ')}`}`;
      ledger.stuck.set(refKey(ref), { object: ref, reason, finalizers: [] });
      return;
    }
    await pause(context, pollMs);
  }
  ledger.removed.set('Namespace', (ledger.removed.get('Namespace') ?? 0) + 1);
  report({ type: 'NamespaceRemoved', cluster: client.cluster, details: { namespace: name } });
}

/** Says why namespaces that somebody deleted earlier are still there. */
export async function reportHanging(context: RemovalContext, namespaces: readonly KubeObject[]): Promise<void> {
  const { client, signal, report } = context;
  const dying = namespaces.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  for (const ref of dying.map(refOf)) {
    const now = await client.get(ref, { signal });
    const by = now === undefined ? [] : namespaceProblems(now);
    if (by.length === 0) continue;
    report({ type: 'Blocked', cluster: client.cluster, details: { what: `${describeRef(ref)} (Terminating)`, by } });
  }
}

/** Says what keeps a namespace, and frees what may be freed; gives what was said, so that no reason is repeated. */
async function unblock(
  context: RemovalContext,
  namespace: KubeObject,
  said: readonly string[],
): Promise<readonly string[]> {
  const { client, signal, report } = context;
  const { name } = namespace.metadata;
  const { objects, kinds } = await readSurvey(client, { signal, namespace: name });
  const held: string[] = [];
  for (const object of objects.filter((one) => finalizersOf(one).length > 0)) {
    const rest = await strip(context, kinds, object);
    if (rest.length > 0) held.push(`${describeRef(refOf(object))} waits for ${rest.join(', ')}`);
  }
  const blockers = [...namespaceProblems(namespace), ...held];
  if (blockers.join() !== said.join()) {
    const details = { what: describeRef(refOf(namespace)), by: blockers };
    report({ type: 'Blocked', cluster: client.cluster, details });
  }
  return blockers;
}

/** The conditions of a namespace that is being deleted (Kubernetes pkg/controller/namespace/deletion/status_condition_utils.go). */
const deletionConditions = new Set([
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
]);

/** What a namespace itself says of why it is still there. */
export function namespaceProblems(namespace: KubeObject): readonly string[] {
  const conditions = valueAt(namespace, ['status', 'conditions']);
  if (!Array.isArray(conditions)) return [];
  return conditions
    .filter(isJsonObject)
    .filter(({ type, status }) => status === 'True' && typeof type === 'string' && deletionConditions.has(type))
    .map(({ type, message }) => `${type}: ${message}`);
}

/**
 * Removes what we had set on a namespace that stays: an apply of nothing gives up every field that our manager holds,
 * and leaves those that someone else set too.
 */
export async function releaseNamespace(context: RemovalContext, namespace: KubeObject): Promise<void> {
  const { client, ledger, report } = context;
  const { name, uid } = namespace.metadata;
  await begin(context, `our labels on Namespace ${name} were not removed`);
  // With the UID: a namespace that was deleted meanwhile is not recreated.
  const metadata = uid === undefined ? { name } : { name, uid };
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata }, { fieldManager, conflicts: 'Force' });
  ledger.released.push(name);
  report({ type: 'Released', cluster: client.cluster, details: { namespace: name } });
}
