import { mapConcurrent } from '../base/concurrency.ts';
import { asIsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { objectPath } from '../kube/objects/path.ts';
import { type ServedKind, servedKinds } from '../kube/objects/served-kinds.ts';
import { groupOf, type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { appliedAnnotation, managedByLabel, managedByValue, meshLabel } from '../objects/ownership.ts';
import { inventoryRef, parseInventory } from '../plan/inventory.ts';

export interface Disowning {
  readonly client: KubeClient;
  readonly mesh: string;
  readonly signal: AbortSignal;
  /** Awaited before each write; takes the lock. */
  readonly beforeWrite: () => Promise<void>;
}

const inFlight = 8;

/**
 * Takes the labels of a mesh off objects, and nothing else: they stay as they are, and no apply and no removal takes them for
 * ours. What carries another mesh's label is left alone. Resolves with how many were changed.
 */
export async function disownObjects(work: Disowning, refs: readonly ObjectRef[]): Promise<number> {
  if (refs.length === 0) return 0;
  const { kinds } = await servedKinds(work.client, { signal: work.signal });
  const done = await mapConcurrent(refs, inFlight, async (ref) => await disownOne(work, ref, kinds));
  return done.filter((one) => one).length;
}

/** The same for everything that the inventory of a cluster names, and empties the inventory last. */
export async function disownCluster(work: Disowning): Promise<number> {
  const { client, signal } = work;
  const inventory = await client.get(inventoryRef, { signal });
  if (inventory === undefined) return 0;
  const count = await disownObjects(work, parseInventory(inventory));
  const { kinds } = await servedKinds(client, { signal });
  await patchLabels(work, inventory, { kinds, data: null });
  return count;
}

async function disownOne(work: Disowning, ref: ObjectRef, kinds: readonly ServedKind[]): Promise<boolean> {
  const live = await work.client.get(ref, { signal: work.signal });
  if (live?.metadata.labels?.[meshLabel] !== work.mesh) return false;
  await patchLabels(work, live, { kinds });
  return true;
}

interface Patch {
  readonly kinds: readonly ServedKind[];
  /** `null` takes the content of a ConfigMap away. */
  readonly data?: null;
}

async function patchLabels(
  { client, beforeWrite, signal }: Disowning,
  object: KubeObject,
  { kinds, ...content }: Patch,
): Promise<void> {
  const ref = refOf(object);
  const resource = kinds.find(
    ({ kind, apiVersion }) => kind === ref.kind && groupOf(apiVersion) === groupOf(ref.apiVersion),
  );
  if (resource === undefined) return;
  await beforeWrite();
  const path = objectPath(ref, resource, client.cluster);
  const body = { metadata: labelsTakenOff(object), ...content };
  try {
    await client.raw({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body, signal });
  } catch (thrown) {
    // Gone or recreated meanwhile: it is someone else's by now.
    const { code } = asIsthmusError(thrown);
    if (code !== 'not-found' && code !== 'conflict') throw thrown;
  }
}

/** The metadata of a merge patch that takes our labels off an object. Another object of its name refuses it. */
export function labelsTakenOff({ metadata: { labels, uid } }: KubeObject): JsonObject {
  const isManagedByUs = labels?.[managedByLabel] === managedByValue;
  return {
    ...(uid === undefined ? {} : { uid }),
    labels: { [meshLabel]: null, ...(isManagedByUs ? { [managedByLabel]: null } : {}) },
    annotations: { [appliedAnnotation]: null },
  };
}
