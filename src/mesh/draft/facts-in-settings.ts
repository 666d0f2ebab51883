import { isJsonObject, type JsonObject, valueAt } from '../../base/json.ts';
import { inMeshConfig, inValues, type StatedFact } from '../check/istio-settings.ts';
import type { Settings } from './settings.ts';

/** What settings state that a mesh file says in fields of its own, and the settings without it. */
export interface SplitSettings extends Settings {
  readonly stated: Readonly<Partial<Record<StatedFact, string>>>;
}

/** Takes out of settings what a mesh file says elsewhere; where two places state a fact, the values' count. */
export function splitSettings(settings: Settings): SplitSettings {
  const stated: Partial<Record<StatedFact, string>> = {};
  let { values, meshConfig } = settings;
  const take = (from: JsonObject, path: readonly string[], key: StatedFact): JsonObject => {
    const found = valueAt(from, path);
    if (found === undefined || found === null || isJsonObject(found) || Array.isArray(found)) return from;
    if (String(found) !== '') stated[key] ??= String(found);
    return without(from, path);
  };
  for (const [path, { key }] of inValues) {
    values = take(values, path, key);
    values = take(values, ['pilot', ...path], key);
  }
  for (const [path, { key }] of inMeshConfig) meshConfig = take(meshConfig, path, key);
  return { ...settings, values, meshConfig, stated };
}

/** The object without what stands at a path, and without the maps that are empty then. */
export function without(object: JsonObject, [key, ...rest]: readonly string[]): JsonObject {
  if (key === undefined) return {};
  const { [key]: inner, ...others } = object;
  if (rest.length === 0 || !isJsonObject(inner)) return others;
  const left = without(inner, rest);
  return Object.keys(left).length === 0 ? others : { ...object, [key]: left };
}
