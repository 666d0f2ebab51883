import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { asKubeObject, type KubeObject } from '../objects/object.ts';
import { isOurs, managedFieldsOf } from './drift.ts';
import { itemKeys } from './fields.ts';

/**
 * What our field manager applied of an object, as far as nobody took it over since: the fields that its field set holds. Undefined
 * where it holds nothing.
 */
export function heldPart(live: KubeObject): KubeObject | undefined {
  const own = managedFieldsOf(live).find(isOurs)?.fieldsV1;
  if (own === undefined) return undefined;
  const part = partOf(live, own);
  if (!isJsonObject(part)) return undefined;
  const { apiVersion, kind } = live;
  const { name, namespace } = live.metadata;
  const metadata = isJsonObject(part.metadata) ? part.metadata : {};
  const where = namespace === undefined ? { name } : { name, namespace };
  return asKubeObject({ ...part, apiVersion, kind, metadata: { ...metadata, ...where } });
}

/** By the form of a field set (see fields.ts): an empty one below a name stands for the whole value. */
function partOf(value: Json, held: JsonObject): Json {
  const members = Object.entries(held).filter(([member]) => member !== '.');
  if (members.length === 0) return value;
  if (Array.isArray(value)) return value.flatMap((item: Json) => itemPart(item, members));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    members.flatMap(([member, below]) => {
      const field = value[member.slice('f:'.length)];
      return field === undefined || !isJsonObject(below) ? [] : [[member.slice('f:'.length), partOf(field, below)]];
    }),
  );
}

function itemPart(item: Json, members: readonly (readonly [string, Json | undefined])[]): readonly Json[] {
  const found = members.find(([member]) => {
    if (!isJsonObject(item)) return member === `v:${JSON.stringify(item)}`;
    const keys = itemKeys(member);
    return keys !== undefined && Object.entries(keys).every(([key, one]) => item[key] === one);
  });
  if (found === undefined) return [];
  return [isJsonObject(found[1]) ? partOf(item, found[1]) : item];
}
