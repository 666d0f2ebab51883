import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Json } from '../../base/json.ts';
import { maxDepth, maxValues, reservedKey } from '../check/limits.ts';
import type { Place } from './source.ts';

export type NodeProblem =
  | { readonly kind: 'duplicate-key'; readonly key: string; readonly place: Place; readonly first: Place }
  | { readonly kind: 'reserved-key'; readonly key: string; readonly place: Place }
  | { readonly kind: 'unresolved-alias'; readonly name: string; readonly place: Place }
  | { readonly kind: 'not-json'; readonly text: string; readonly place: Place }
  | { readonly kind: 'too-deep' | 'too-large'; readonly place: Place };

/** A YAML node as a JSON value, and what is needed to find the place of a value again. */
export interface ReadNode {
  readonly value: Json;
  readonly problems: readonly NodeProblem[];
  readonly index: NodeIndex;
}

export interface NodeIndex {
  readonly root: Node | null;
  readonly pairs: ReadonlyMap<YAMLMap, ReadonlyMap<string, Pair>>;
  readonly targets: ReadonlyMap<Alias, Node>;
}

interface Walk {
  readonly pairs: Map<YAMLMap, ReadonlyMap<string, Pair>>;
  readonly targets: Map<Alias, Node>;
  readonly anchors: Map<string, Node>;
  readonly problems: NodeProblem[];
  values: number;
  stopped: boolean;
}

export function placeOf(node: unknown): Place | undefined {
  const range = isNode(node) ? node.range : undefined;
  return range === null || range === undefined ? undefined : { start: range[0], end: range[1] };
}

/** The text of a key. The parser takes every key as a string. */
export function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value ?? '') : '';
}

/**
 * The value of a node in time linear in its size: the parser's own check for equal keys and its own search for
 * anchors are quadratic, which a file of some hundred kilobytes would turn into minutes.
 */
export function readNode(root: Node | null): ReadNode {
  const walk: Walk = {
    pairs: new Map(),
    targets: new Map(),
    anchors: new Map(),
    problems: [],
    values: 0,
    stopped: false,
  };
  const value = readValue(root, walk, 0);
  return { value, problems: walk.problems, index: { root, pairs: walk.pairs, targets: walk.targets } };
}

function stop(walk: Walk, kind: 'too-deep' | 'too-large', node: unknown): null {
  if (!walk.stopped) walk.problems.push({ kind, place: placeOf(node) ?? { start: 0, end: 0 } });
  walk.stopped = true;
  return null;
}

function readValue(node: unknown, walk: Walk, depth: number): Json {
  if (walk.stopped) return null;
  walk.values += 1;
  if (walk.values > maxValues) return stop(walk, 'too-large', node);
  if (depth > maxDepth) return stop(walk, 'too-deep', node);
  if (isAlias(node)) return readAlias(node, walk, depth);
  if (isScalar(node)) {
    remember(node, walk);
    return readScalar(node.value, placeOf(node), walk);
  }
  if (isMap(node)) {
    remember(node, walk);
    return readMap(node, walk, depth);
  }
  if (isSeq(node)) {
    remember(node, walk);
    return node.items.map((item) => readValue(item, walk, depth + 1));
  }
  return null;
}

function remember(node: Node & { readonly anchor?: string }, walk: Walk): void {
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node);
}

/** An alias within its own anchor never ends and is caught by the limit of depth. */
function readAlias(alias: Alias, walk: Walk, depth: number): Json {
  const target = walk.targets.get(alias) ?? walk.anchors.get(alias.source);
  if (target === undefined) {
    const place = placeOf(alias) ?? { start: 0, end: 0 };
    walk.problems.push({ kind: 'unresolved-alias', name: alias.source, place });
    return null;
  }
  walk.targets.set(alias, target);
  return readValue(target, walk, depth + 1);
}

function readScalar(value: unknown, place: Place | undefined, walk: Walk): Json {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (value !== undefined && place !== undefined) {
    walk.problems.push({ kind: 'not-json', text: String(value), place });
  }
  return null;
}

function readMap(map: YAMLMap, walk: Walk, depth: number): Json {
  const isFirstVisit = !walk.pairs.has(map);
  const pairs = new Map<string, Pair>();
  const value: Record<string, Json> = {};
  for (const pair of map.items) {
    const key = keyText(pair.key);
    const place = placeOf(pair.key) ?? placeOf(map) ?? { start: 0, end: 0 };
    const first = pairs.get(key);
    if (first !== undefined) {
      const firstPlace = placeOf(first.key) ?? place;
      if (isFirstVisit) walk.problems.push({ kind: 'duplicate-key', key, place, first: firstPlace });
      continue;
    }
    if (key === reservedKey) {
      if (isFirstVisit) walk.problems.push({ kind: 'reserved-key', key, place });
      continue;
    }
    pairs.set(key, pair);
    value[key] = readValue(pair.value, walk, depth + 1);
  }
  if (isFirstVisit) walk.pairs.set(map, pairs);
  return value;
}
