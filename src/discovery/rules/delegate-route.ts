import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { fieldsOf, objectsOf, textOf, textsOf } from '../values/fields.ts';

/** What a delegate's route takes from its root where it has none of its own. */
const inherited = [
  'rewrite',
  'directResponse',
  'timeout',
  'retries',
  'fault',
  'mirror',
  'mirrorPercent',
  'mirrorPercentage',
  'corsPolicy',
  'mirrors',
  'headers',
] as const;

/** The delegate's routes under the root's conditions; those that contradict the root are left out (MergeHTTPRoutes). */
export function delegateRoutes(root: JsonObject, delegate: readonly JsonObject[]): readonly JsonObject[] {
  const routes: JsonObject[] = [];
  for (const leaf of delegate) {
    const match = mergeMatches(objectsOf(root.match), objectsOf(leaf.match));
    if (match === undefined) continue;
    const merged: Record<string, Json | undefined> = { ...leaf, match };
    for (const key of inherited) merged[key] = leaf[key] ?? root[key];
    routes.push(merged);
  }
  return routes;
}

/** The conditions of both, or undefined where one of the delegate's fits none of the root's. */
function mergeMatches(root: readonly JsonObject[], leaf: readonly JsonObject[]): readonly JsonObject[] | undefined {
  if (root.length === 0) return leaf;
  if (leaf.length === 0) return root;
  const merged: JsonObject[] = [];
  for (const condition of leaf) {
    const fitting = root.filter((candidate) => !matchesConflict(candidate, condition));
    if (fitting.length === 0) return undefined;
    merged.push(...fitting.map((candidate) => mergeMatch(candidate, condition)));
  }
  return merged;
}

const stringMatches = ['uri', 'scheme', 'method', 'authority'] as const;
const matchMaps = ['headers', 'withoutHeaders', 'queryParams'] as const;

function matchesConflict(root: JsonObject, leaf: JsonObject): boolean {
  const namespace = textOf(root.sourceNamespace);
  return (
    stringMatches.some((key) => conflicts(root[key], leaf[key])) ||
    matchMaps.some((key) => mapConflicts(root[key], leaf[key])) ||
    (root.ignoreUriCase === true) !== (leaf.ignoreUriCase === true) ||
    (root.port !== undefined && leaf.port !== undefined && root.port !== leaf.port) ||
    (namespace !== '' && textOf(leaf.sourceNamespace) !== namespace) ||
    labelsConflict(root.sourceLabels, leaf.sourceLabels) ||
    gatewaysConflict(textsOf(root.gateways), textsOf(leaf.gateways))
  );
}

/** True where a delegate's condition is not within the root's (virtualservice.go, stringMatchConflict). */
function conflicts(rootMatch: Json | undefined, leafMatch: Json | undefined): boolean {
  if (!isJsonObject(rootMatch) || !isJsonObject(leafMatch)) return false;
  const root = { exact: textOf(rootMatch.exact), prefix: textOf(rootMatch.prefix), regex: textOf(rootMatch.regex) };
  const leaf = { exact: textOf(leafMatch.exact), prefix: textOf(leafMatch.prefix), regex: textOf(leafMatch.regex) };
  if (root.regex !== '' || leaf.regex !== '') return true;
  if (root.exact !== '') return leaf.prefix !== '' || leaf.exact !== root.exact;
  const leafText = leaf.prefix || leaf.exact;
  return root.prefix === '' || leafText === '' || !leafText.startsWith(root.prefix);
}

function mapConflicts(root: Json | undefined, leaf: Json | undefined): boolean {
  const known = fieldsOf(root);
  return Object.entries(fieldsOf(leaf)).some(([key, value]) => conflicts(known[key], value));
}

function labelsConflict(root: Json | undefined, leaf: Json | undefined): boolean {
  const known = fieldsOf(root);
  return Object.entries(fieldsOf(leaf)).some(([key, value]) => known[key] !== undefined && known[key] !== value);
}

function gatewaysConflict(root: readonly string[], leaf: readonly string[]): boolean {
  if (root.length === 0 || leaf.length === 0) return false;
  return root.length < leaf.length || leaf.some((gateway) => !root.includes(gateway));
}

function mergeMatch(root: JsonObject, leaf: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...root, ...leaf };
  for (const key of [...matchMaps, 'sourceLabels']) merged[key] = { ...fieldsOf(root[key]), ...fieldsOf(leaf[key]) };
  if (textsOf(leaf.gateways).length === 0) merged.gateways = root.gateways;
  return merged;
}
