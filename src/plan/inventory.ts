import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { asObjectRef, type KubeObject, type ObjectRef, refKey } from '../objects/object.ts';
import { owned, systemNamespace } from '../objects/ownership.ts';

/** The name and the format never change: a later version finds by them what an earlier one made. */
export const inventoryName = 'isthmus-inventory';
const objectsKey = 'objects';

const entry = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
});

/** Where a cluster's inventory is. */
export const inventoryRef: ObjectRef = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: systemNamespace,
  name: inventoryName,
};

/**
 * Everything that the mesh has, or is about to have, in a cluster: one line of JSON per object, sorted.
 * It is written before the first of the objects, so that nothing is ever made that it does not name.
 */
export function inventoryObject(mesh: string, refs: readonly ObjectRef[]): KubeObject {
  const lines = [...unionOf(refs, [])]
    .sort((a, b) => (refKey(a) < refKey(b) ? -1 : 1))
    .map(({ apiVersion, kind, namespace, name }) => JSON.stringify({ apiVersion, kind, namespace, name }));
  const data = { [objectsKey]: `${lines.join('\n')}\n` };
  return owned({ ...metaOf(inventoryRef), data }, mesh);
}

/** The objects that a stored inventory names; a line that is not one of ours is passed over. */
export function parseInventory(stored: KubeObject | undefined): readonly ObjectRef[] {
  const data = z.object({ data: z.object({ [objectsKey]: z.string() }) }).safeParse(stored);
  if (!data.success) return [];
  return data.data.data[objectsKey].split('\n').flatMap((line) => parseLine(line));
}

/** Both lists without repetition. */
export function unionOf(first: readonly ObjectRef[], second: readonly ObjectRef[]): readonly ObjectRef[] {
  return [...new Map([...first, ...second].map((ref) => [refKey(ref), ref])).values()];
}

function parseLine(line: string): readonly ObjectRef[] {
  const parsed = entry.safeParse(parseJson(line));
  return parsed.success ? [asObjectRef(parsed.data)] : [];
}

function metaOf(ref: ObjectRef): KubeObject {
  const { apiVersion, kind, name, namespace } = ref;
  return { apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } };
}
