import { z } from 'zod';
import { isTooDeep, tooDeepText } from '../../base/depth.ts';
import { IsthmusError } from '../../base/error.ts';
import { isJsonObject, type Json, textAt } from '../../base/json.ts';
import { parseJson } from '../../base/parse-json.ts';
import { option, remedy } from '../../base/remedy.ts';
import { asKubeObject, hasPlainMetadata, type KindRef, type KubeObject } from '../../objects/object.ts';
import type { ListOptions, SelectionOptions } from '../client.ts';
import { type Call, type Caller, isExpired, isSuccess, isTooLarge } from '../transport/caller.ts';
import type { HttpAnswer } from '../transport/transport.ts';
import type { Resource } from './built-in-kinds.ts';
import { collectionPath } from './path.ts';

/** Objects a page: large enough for few round trips, small enough for the API server's memory. */
const pageSize = 500;
/** Where a page is larger than any answer may be, the next try asks for an eighth of it. */
const pageDivisor = 8;
/** Pages of one list: two million objects where they have the usual size. */
const maxPages = 4_000;
/** What all pages together may have, in characters; more could not be kept in memory. */
const maxCharacters = 1024 ** 3;
/** A continue token lives for about five minutes; a list that takes longer starts again so many times. */
const maxRestarts = 3;
/** The time limit of a whole list for which none is given, its restarts included. */
const defaultListMs = 900_000;

/**
 * Lists as metadata alone (https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches). An
 * aggregated API server need not know that form, and then answers with whole objects.
 */
const metadataAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

const listSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string().optional(), continue: z.string().optional() }),
  // Only the outer form: a schema that goes down exhausts the stack where somebody nests deeply.
  items: z.array(z.unknown()).nullable(),
});

export interface Listing {
  readonly objects: readonly KubeObject[];
  /** Where a watch goes on; empty where the server does not know the kind. */
  readonly resourceVersion: string;
}

export interface ListRequest {
  readonly kind: KindRef;
  readonly resource: Resource;
  readonly cluster: string;
  readonly options: ListOptions;
}

/**
 * All pages of a list, as one state. Empty where the server answers 404 (the kind is not there). A time limit of the
 * caller's is that of the whole list; without one it is 15 minutes, and 30 seconds for a page.
 */
export async function listAll(caller: Caller, request: ListRequest): Promise<Listing> {
  const limitMs = request.options.timeoutMs ?? defaultListMs;
  using limit = caller.limit(limitMs, [request.options.signal]);
  const limited = { ...request, options: { ...request.options, signal: limit.signal } };
  try {
    for (let restarts = 0; ; restarts += 1) {
      const listing = await listOnce(caller, limited, restarts >= maxRestarts);
      if (listing !== 'Expired') return listing;
    }
  } catch (error) {
    if (!limit.expired()) throw error;
    const { kind, cluster } = request;
    const message = `cluster ${cluster}: the list of ${kind.kind} did not end within ${limitMs / 1000} s`;
    throw new IsthmusError('timeout', message, {
      cluster,
      cause: error,
      retry: true,
      remedy: remedy`give a slow cluster a longer ${option('timeout')}`,
    });
  }
}

/** What a list has read so far. */
interface Reading {
  readonly objects: KubeObject[];
  readonly tokens: Set<string>;
  characters: number;
  limit: number;
}

async function listOnce(caller: Caller, request: ListRequest, last: boolean): Promise<Listing | 'Expired'> {
  const reading: Reading = { objects: [], tokens: new Set(), characters: 0, limit: pageSize };
  let token = '';
  for (;;) {
    const call = listCall(request, { token, limit: reading.limit });
    const answer = await sendSmaller(caller, call, reading);
    if (answer === undefined) continue;
    if (answer.status === 404) return { objects: [], resourceVersion: '' };
    if (isExpired(answer) && token !== '' && !last) return 'Expired';
    if (!isSuccess(answer)) throw caller.refusal(answer, call);
    const { resourceVersion = '', continue: next = '' } = takePage(answer.text, { caller, request, reading });
    if (next === '') return { objects: reading.objects, resourceVersion };
    refuseEndless(reading, next, request);
    token = next;
  }
}

interface PageContext {
  readonly caller: Caller;
  readonly request: ListRequest;
  readonly reading: Reading;
}

/** Adds a page's objects to those that were read, and gives what it says of itself. */
function takePage(text: string, { caller, request, reading }: PageContext): z.output<typeof listSchema>['metadata'] {
  const { items, metadata } = parsePage(text, request, caller);
  for (const item of items ?? []) reading.objects.push(...objectsIn(item, request, caller));
  reading.characters += text.length;
  return metadata;
}

/** The answer, or undefined where it was too large and less is to be asked for. */
async function sendSmaller(caller: Caller, call: Call, reading: Reading): Promise<HttpAnswer | undefined> {
  try {
    return await caller.send(call);
  } catch (error) {
    if (!isTooLarge(error) || reading.limit === 1) throw error;
    reading.limit = Math.max(1, Math.floor(reading.limit / pageDivisor));
    return undefined;
  }
}

/** A server that is broken, or means ill, hands out pages for ever. */
function refuseEndless({ tokens, characters }: Reading, token: string, { kind, cluster }: ListRequest): void {
  const again = tokens.has(token) ? 'comes back to a page that was read' : undefined;
  tokens.add(token);
  const problem =
    again ??
    (tokens.size >= maxPages ? `has more than ${maxPages} pages` : undefined) ??
    (characters > maxCharacters ? `has more than ${maxCharacters / 1024 ** 2} million characters` : undefined);
  if (problem === undefined) return;
  throw new IsthmusError('unexpected-response', `cluster ${cluster}: the list of ${kind.kind} ${problem}`, {
    cluster,
    remedy: 'look at the API server, and at what serves this kind behind it',
  });
}

interface Page {
  readonly token: string;
  readonly limit: number;
}

function listCall({ kind, resource, options }: ListRequest, { token, limit }: Page): Call {
  const where = options.namespace === undefined ? '' : ` in namespace ${options.namespace}`;
  return {
    method: 'GET',
    path: collectionPath(kind, resource, options.namespace),
    query: { ...selectors(options), limit: String(limit), ...(token === '' ? {} : { continue: token }) },
    ...(options.content === 'Metadata' ? { accept: metadataAccept } : {}),
    action: `list ${resource.plural}${where}`,
    repeatable: true,
    options,
  };
}

/** The selectors of a list or a watch as its query. */
export function selectors({ labelSelector, fieldSelector }: SelectionOptions): Record<string, string> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

function parsePage(text: string, { kind, cluster }: ListRequest, { origin }: Caller): z.output<typeof listSchema> {
  const parsed = listSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new IsthmusError(
    'unexpected-response',
    `cluster ${cluster}: the list of ${kind.kind} is not a Kubernetes list`,
    {
      cluster,
      remedy: `check that the server address of ${origin} is that of an API server`,
    },
  );
}

/** The items of a list of built-in kinds carry neither apiVersion nor kind, and those of metadata alone are of another kind. */
function objectsIn(item: unknown, request: ListRequest, { note }: Caller): readonly KubeObject[] {
  const { kind, options } = request;
  const { apiVersion } = kind;
  const metadata = isJsonObject(item) ? (item.metadata ?? null) : null;
  const whole =
    options.content === 'Metadata' || !isJsonObject(item)
      ? { apiVersion, kind: kind.kind, metadata }
      : { apiVersion, kind: kind.kind, ...item };
  const object = asKubeObject(whole);
  const problem = object === undefined ? 'it has no name' : problemOf(object, options);
  if (object !== undefined && problem === undefined) return [object];
  const left = { object: nameOf(kind, metadata), problem: problem ?? '' };
  options.onUnreadable?.(left);
  note({ message: 'an object cannot be read and is left out', fields: { ...left } });
  return [];
}

/** Why nothing can be done with an object. Metadata may be deep: nobody goes down into it. */
function problemOf(object: KubeObject, { content }: ListOptions): string | undefined {
  if (content !== 'Metadata' && isTooDeep(object)) return tooDeepText;
  return hasPlainMetadata(object) ? undefined : 'its metadata is not that of a Kubernetes object';
}

function nameOf({ kind }: KindRef, metadata: Json): string {
  const [namespace, name] = ['namespace', 'name'].map((key) => textAt(metadata, [key]));
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? '(without a name)'}`;
}
