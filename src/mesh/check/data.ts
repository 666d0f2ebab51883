import { isJsonObject, type Json } from '../../base/json.ts';
import type { Mistake, ValuePath } from './form.ts';
import { maxDepth, maxValues, reservedKey, tooDeep, tooLarge } from './limits.ts';
import { quote } from './wording.ts';

export interface DataReading {
  /** Left out where the document cannot be judged. */
  readonly value?: Json;
  readonly mistakes: readonly Mistake[];
}

interface Walk {
  readonly document: number;
  readonly mistakes: Mistake[];
  values: number;
  isReadable: boolean;
  /** True once a limit was passed, after which nothing more is read. */
  isStopped: boolean;
}

/** A document that is data already, within the limits that hold for a file's too. Keys without a value are left out. */
export function readData(document: number, value: unknown): DataReading {
  const walk: Walk = { document, mistakes: [], values: 0, isReadable: true, isStopped: false };
  const read = readValue(value, [], walk);
  return { ...(walk.isReadable ? { value: read } : {}), mistakes: walk.mistakes };
}

function readValue(value: unknown, path: ValuePath, walk: Walk): Json {
  if (walk.isStopped) return null;
  walk.values += 1;
  if (walk.values > maxValues) return stop(walk, path, tooLarge);
  if (path.length > maxDepth) return stop(walk, path, tooDeep);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => readValue(item, [...path, index], walk));
  if (isJsonObject(value)) return readMap(value, path, walk);
  const message = `${quote(String(value))} is not a value that Kubernetes can hold`;
  const spot = { document: walk.document, path, aim: 'Value' } as const;
  walk.isReadable = false;
  walk.mistakes.push({ code: 'value-invalid', message, remedy: 'write a text or a finite number', spot });
  return null;
}

function readMap(map: object, path: ValuePath, walk: Walk): Json {
  const read: Record<string, Json> = {};
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    if (key === reservedKey) {
      const spot = { document: walk.document, path: [...path, key], aim: 'Key' } as const;
      walk.mistakes.push({ code: 'key-unknown', message: `the key ${key} cannot be used`, remedy: 'remove it', spot });
      continue;
    }
    read[key] = readValue(value, [...path, key], walk);
  }
  return read;
}

/** Names only the outermost field, since the whole path would be as long as the nesting is deep. */
function stop(walk: Walk, path: ValuePath, message: string): null {
  const remedy = 'the documents of a mesh are small and flat; check that these are the ones you mean';
  const spot = { document: walk.document, path: path.slice(0, 2), aim: 'Value' } as const;
  walk.isReadable = false;
  walk.isStopped = true;
  walk.mistakes.push({ code: 'yaml-limit', message, remedy, spot });
  return null;
}
