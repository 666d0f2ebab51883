import { objectToJson } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import { builtInResource } from '../../kube/objects/built-in-kinds.ts';
import { objectPath } from '../../kube/objects/path.ts';
import { type KubeObject, refOf } from '../../objects/object.ts';
import { fieldManager } from '../../objects/ownership.ts';
import { lacksItems, type ReplacedItem, replacedItems, takenOver } from '../../plan/replaced-items.ts';

/** What of an object that is to be updated has another key now, and the object as it is. */
export interface Replaced {
  readonly live: KubeObject;
  readonly items: readonly ReplacedItem[];
}

/**
 * The items of an object of ours whose keys somebody changed; undefined where there are none. From the metadata alone
 * follows nearly always that the object need not be read.
 */
export async function readReplaced(
  client: KubeClient,
  object: KubeObject,
  { metadata, signal }: { readonly metadata: KubeObject | undefined; readonly signal?: AbortSignal },
): Promise<Replaced | undefined> {
  const isKnown = builtInResource(object) !== undefined;
  if (metadata === undefined || !isKnown || !lacksItems(object, metadata)) return undefined;
  const live = await client.get(refOf(object), signal === undefined ? {} : { signal });
  const items = live === undefined ? [] : replacedItems(object, live);
  return live === undefined || items.length === 0 ? undefined : { live, items };
}

/** Makes the items ours alone, and changes nothing else: refused where the object was changed since it was read. */
export async function takeOver(client: KubeClient, { live, items }: Replaced): Promise<void> {
  const resource = builtInResource(live);
  if (resource === undefined) return;
  const replace = (path: string, value: unknown): object => ({ op: 'replace', path, value });
  await client.raw({
    method: 'PATCH',
    path: objectPath(refOf(live), resource, client.cluster),
    contentType: 'application/json-patch+json',
    query: { fieldManager },
    body: [
      replace('/metadata/resourceVersion', live.metadata.resourceVersion),
      replace('/metadata/managedFields', takenOver(live, items)),
    ].map(objectToJson),
  });
}
