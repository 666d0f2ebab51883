import type { Json, JsonObject } from '../../base/json.ts';
import { isJsonObject } from '../../base/json.ts';
import { oncePer } from '../../base/memo.ts';
import { type Pattern, parsePattern } from '../re2/pattern.ts';
import { fieldsOf, selects, stringsOf, textOf, textsOf } from '../values/fields.ts';

/** A request as Envoy sees it. */
export interface HttpRequest {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly method: string;
  /** With the query, if any. */
  readonly path: string;
  readonly authority: string;
}

/** Who sends it, by what istiod knows when it writes the route. */
export interface Source {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
}

/** True where a match applies to the sidecar at all (route.go, sourceMatchHTTP): named gateways replace its labels. */
export function appliesTo(match: JsonObject, source: Source): boolean {
  if (typeof match.port === 'number' && match.port !== 0 && match.port !== source.port) return false;
  const gateways = textsOf(match.gateways);
  if (gateways.length > 0) return gateways.includes('mesh');
  const namespace = textOf(match.sourceNamespace);
  return selects(stringsOf(match.sourceLabels), source.labels) && (namespace === '' || namespace === source.namespace);
}

/** True for a match that every request meets, after which further routes are never reached (route.go, IsCatchAllRoute). */
export function isCatchAll(match: JsonObject): boolean {
  const { prefix, regex } = fieldsOf(match.uri);
  const takesAnyPath = match.uri === undefined || prefix === '/' || regex === '.*';
  const isFree = (name: string): boolean => Object.keys(fieldsOf(match[name])).length === 0;
  return (
    takesAnyPath &&
    ['headers', 'withoutHeaders', 'queryParams'].every(isFree) &&
    [match.method, match.authority, match.scheme].every((condition) => condition === undefined)
  );
}

/** True where the request meets every condition of the match (route.go, TranslateRouteMatch, as Envoy evaluates it). */
export function matchesRequest(match: JsonObject, request: HttpRequest): boolean {
  const question = request.path.indexOf('?');
  const path = question < 0 ? request.path : request.path.slice(0, question);
  const query = new URLSearchParams(question < 0 ? '' : request.path.slice(question + 1));
  const meets = (condition: Json | undefined, text: string): boolean =>
    condition === undefined || isPresenceOnly(condition) || matchesText(condition, text);
  return (
    matchesPath(match, path) &&
    meets(match.method, request.method) &&
    meets(match.authority, request.authority) &&
    meets(match.scheme, 'http') &&
    matchesHeaders(match, request) &&
    matchesQuery(match, query)
  );
}

/** No condition, or the regex `*`, asks only that the header is there. */
function isPresenceOnly(condition: Json | undefined): boolean {
  const { exact, prefix, regex } = fieldsOf(condition);
  return regex === '*' || [exact, prefix, regex].every((value) => value === undefined);
}

function matchesText(condition: Json | undefined, text: string): boolean {
  const { exact, prefix } = fieldsOf(condition);
  if (typeof exact === 'string') return text === exact;
  if (typeof prefix === 'string') return text.startsWith(prefix);
  return isJsonObject(condition) && (patternOf(condition)?.matches(text) ?? false);
}

/** The regular expression of a condition; undefined where there is none, or none that is understood. */
const patternOf = oncePer((condition: JsonObject): Pattern | undefined => {
  const { regex } = condition;
  return typeof regex === 'string' ? parsePattern(regex) : undefined;
});

function matchesPath(match: JsonObject, path: string): boolean {
  if (!isJsonObject(match.uri)) return true;
  const { exact, prefix, regex } = match.uri;
  if (typeof regex === 'string') return matchesText(match.uri, path);
  const fold = (text: string): string => (match.ignoreUriCase === true ? text.toLowerCase() : text);
  if (typeof exact === 'string') return fold(path) === fold(exact);
  return typeof prefix !== 'string' || fold(path).startsWith(fold(prefix));
}

function matchesHeaders(match: JsonObject, request: HttpRequest): boolean {
  const wanted = Object.entries(fieldsOf(match.headers));
  const unwanted = Object.entries(fieldsOf(match.withoutHeaders));
  return (
    wanted.every(([name, condition]) => matchesValue(condition, request.headers.get(name.toLowerCase()))) &&
    unwanted.every(([name, condition]) => {
      const value = request.headers.get(name.toLowerCase());
      return isPresenceOnly(condition) ? value === undefined : !matchesText(condition, value ?? '');
    })
  );
}

function matchesValue(condition: Json | undefined, value: string | undefined): boolean {
  if (value === undefined) return false;
  return isPresenceOnly(condition) || matchesText(condition, value);
}

function matchesQuery(match: JsonObject, query: URLSearchParams): boolean {
  return Object.entries(fieldsOf(match.queryParams)).every(([name, condition]) =>
    matchesValue(condition, query.get(name) ?? undefined),
  );
}

/** Conditions of the match that cannot be judged here, as sentences. */
export function unjudged(match: JsonObject): readonly string[] {
  const notes: string[] = [];
  for (const name of [...Object.keys(fieldsOf(match.headers)), ...Object.keys(fieldsOf(match.withoutHeaders))]) {
    if (name.startsWith('@')) notes.push(`The condition on ${name} (a claim of a token) counts as not met.`);
  }
  const single = [match.uri, match.method, match.authority, match.scheme];
  const maps = [match.headers, match.withoutHeaders, match.queryParams];
  for (const condition of [...single, ...maps.flatMap((map) => Object.values(fieldsOf(map)))]) {
    if (!isJsonObject(condition) || typeof condition.regex !== 'string' || condition.regex === '*') continue;
    if (patternOf(condition) === undefined) {
      notes.push(`The regular expression ${condition.regex} is not understood and counts as not met.`);
    }
  }
  return notes;
}
