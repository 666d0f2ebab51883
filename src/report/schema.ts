import { z } from 'zod';
import { apiVersion } from '../base/api-version.ts';
import type { Json, JsonObject } from '../base/json.ts';

/**
 * The contract: what every use case answers, as schemas. From them come the TypeScript types, the JSON Schema files in
 * schemas/ and docs/json.md (scripts/docs-json.ts). Base, api and zod alone may come in here, for a report depends on
 * nothing that makes it.
 *
 * A report is plain JSON: no Map, no Date, no Error, no Infinity. A field that may be missing is an optional one where
 * it has no meaning for some objects, and null where it has one and nothing is known.
 */

export { apiVersion };

/** A named object of the contract: JSON Schema keeps it under `$defs`, the documentation gives it a table of its own. */
export function named<Fields extends z.ZodRawShape>(id: string, description: string, fields: Fields) {
  return z.object(fields).readonly().meta({ id, description });
}

/** An object inside another one. */
export function fields<Fields extends z.ZodRawShape>(all: Fields) {
  return z.object(all).readonly();
}

/** A whole report: a named object that says what it is. */
export function report<const Kind extends string, Fields extends z.ZodRawShape>(
  kind: Kind,
  description: string,
  all: Fields,
) {
  return named(kind, description, {
    apiVersion: z.literal(apiVersion).describe('The version of the contract.'),
    kind: z.literal(kind).describe('Which report this is.'),
    ...all,
  });
}

export function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).readonly();
}

/** Numbers by name. */
export function counts() {
  return z.record(z.string(), z.number()).readonly();
}

/** A moment, RFC 3339 in UTC. */
export function moment() {
  return z.iso.datetime();
}

/** Any JSON. */
export const json: z.ZodType<Json> = z.any().meta({ id: 'Json', description: 'Any JSON value.' });

/** A JSON object, such as an object of Kubernetes. */
export const jsonObject: z.ZodType<JsonObject> = z
  .any()
  .meta({ id: 'JsonObject', type: 'object', description: 'A JSON object.' });
