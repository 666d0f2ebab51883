import { isAlias, isMap, isScalar, isSeq, type Pair } from 'yaml';
import type { ValuePath } from '../check/form.ts';
import { type NodeIndex, placeOf } from './node.ts';
import type { Place } from './source.ts';

interface Found {
  readonly key: unknown;
  readonly value: unknown;
}

function follow(index: NodeIndex, node: unknown): unknown {
  return isAlias(node) ? index.targets.get(node) : node;
}

/** The nodes along a path, as far as it exists; the first is the document's root. */
function along(index: NodeIndex, path: ValuePath): Found[] {
  const found: Found[] = [{ key: undefined, value: index.root }];
  let current: unknown = index.root;
  for (const segment of path) {
    const node = follow(index, current);
    let next: Found | undefined;
    if (isMap(node)) {
      const pair: Pair | undefined = index.pairs.get(node)?.get(String(segment));
      if (pair !== undefined) next = { key: pair.key, value: pair.value };
    } else if (isSeq(node) && typeof segment === 'number') {
      const item = node.items[segment];
      if (item !== undefined) next = { key: undefined, value: item };
    }
    if (next === undefined) break;
    found.push(next);
    current = next.value;
  }
  return found;
}

function isEmpty(place: Place | undefined): boolean {
  return place === undefined || place.end <= place.start;
}

const nowhere: Place = { start: 0, end: 0 };

/** Where the value at a path stands, or what encloses it where the path ends early or the value is left empty. */
export function placeOfValue(index: NodeIndex, path: ValuePath): Place {
  for (const { key, value } of along(index, path).reverse()) {
    const place = placeOf(value);
    if (!isEmpty(place)) return place ?? nowhere;
    if (placeOf(key) !== undefined) return placeOf(key) ?? nowhere;
  }
  return placeOf(index.root) ?? nowhere;
}

/** Where the last key of a path stands, or the nearest key above it; without one, the start of the document. */
export function placeOfKey(index: NodeIndex, path: ValuePath): Place {
  for (const { key } of along(index, path).reverse()) {
    const place = placeOf(key);
    if (place !== undefined) return place;
  }
  return placeOf(index.root) ?? nowhere;
}

/** A scalar as the file spells it (`1.30` where its value is 1.3), or undefined for anything else. */
export function spellingAt(index: NodeIndex, path: ValuePath): string | undefined {
  const found = along(index, path);
  if (found.length !== path.length + 1) return undefined;
  const node = follow(index, found.at(-1)?.value);
  return isScalar(node) && typeof node.source === 'string' ? node.source : undefined;
}
