import type { Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { isTooDeep } from '../../base/depth.ts';
import { IsthmusError } from '../../base/error.ts';
import { asKubeObject, hasPlainMetadata, type KindRef } from '../../objects/object.ts';
import type { WatchEvent, WatchOptions } from '../client.ts';
import { backoffMs } from '../transport/backoff.ts';
import { type Call, type Caller, isSuccess } from '../transport/caller.ts';
import { readText } from '../transport/read-text.ts';
import type { Resource } from './built-in-kinds.ts';
import type { Discovery } from './discovery.ts';
import { listAll, selectors } from './lists.ts';
import { collectionPath } from './path.ts';
import { readLines, resourceVersionOf, type WatchEnd, type WatchLine } from './watch-stream.ts';

const reconnectBackoff = { firstMs: 500, capMs: 30_000 } as const;
/** How often a kind that the server does not know is looked for: its definition may be made any moment. */
const unknownKindBackoff = { firstMs: 2_000, capMs: 10_000 } as const;
/** A watch response is ended by the server after this long, spread so that many watches do not return at once. */
const watchSeconds = { from: 240, spread: 240 } as const;

export interface WatchRequest {
  readonly kind: KindRef;
  readonly options: WatchOptions;
  readonly cluster: string;
  readonly caller: Caller;
  readonly discovery: Discovery;
  readonly clock: Clock;
  readonly random: () => number;
  readonly closed: AbortSignal;
}

/**
 * Lists, then watches until the signal is aborted. The first list's failure is thrown; later ones are outlived with
 * back-off, except that lost rights (`access-denied`, `authentication-failed`) are thrown at any time.
 */
export async function* watchKind(request: WatchRequest): AsyncGenerator<WatchEvent, void> {
  const ending = new AbortController();
  const signal = AbortSignal.any([request.options.signal, request.closed, ending.signal]);
  try {
    yield* watchUntilAborted({ ...request, options: { ...request.options, signal } });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    // The reader may leave the loop: then the open response ends too.
    ending.abort();
  }
}

async function* watchUntilAborted(request: WatchRequest): AsyncGenerator<WatchEvent, void> {
  const { clock, random } = request;
  const { signal } = request.options;
  let state: WatchState = { version: '', failures: 0, pauseMs: 0 };
  let listed = false;
  while (!signal.aborted) {
    try {
      const steps = listed && state.version !== '' ? watchOnce(request, state) : listOnce(request, state);
      state = yield* steps;
      listed = true;
    } catch (error) {
      if (signal.aborted || !listed || isFinal(error)) throw error;
      const failures = state.failures + 1;
      state = { ...state, failures, pauseMs: backoffMs(reconnectBackoff, failures, random) };
    }
    if (state.pauseMs > 0) await clock.sleep(state.pauseMs, signal);
  }
}

/** What a watch goes on from. */
interface WatchState {
  /** The resource version; empty where a new list is needed. */
  readonly version: string;
  /** Attempts in a row that brought nothing. */
  readonly failures: number;
  readonly pauseMs: number;
}

function isFinal(error: unknown): boolean {
  if (!(error instanceof IsthmusError)) return true;
  return error.code === 'access-denied' || error.code === 'authentication-failed' || error.code === 'internal';
}

async function* listOnce(request: WatchRequest, state: WatchState): AsyncGenerator<WatchEvent, WatchState> {
  const resource = await request.discovery.resourceOf(request.kind);
  const listing =
    resource === undefined
      ? { objects: [], resourceVersion: '' }
      : await listAll(request.caller, { ...request, resource });
  yield { type: 'Listed', objects: listing.objects };
  const version = listing.resourceVersion;
  if (version !== '') return { version, failures: 0, pauseMs: 0 };
  const failures = state.failures + 1;
  return { version, failures, pauseMs: backoffMs(unknownKindBackoff, failures, request.random) };
}

async function* watchOnce(request: WatchRequest, state: WatchState): AsyncGenerator<WatchEvent, WatchState> {
  const resource = await request.discovery.resourceOf(request.kind);
  const body = resource === undefined ? 'Expired' : await openWatch(request, resource, state.version);
  if (body === 'Expired') return nextState(request, state, { end: 'Expired', version: '', progress: false });
  const lines = readLines(body, request.clock);
  let { version } = state;
  let progress = false;
  try {
    for (;;) {
      const next = await lines.next();
      if (next.done === true) return nextState(request, state, { end: next.value, version, progress });
      // An ERROR event carries a Status, nearly always 410: what was missed can only be had by a new list.
      if (next.value.type === 'ERROR') return nextState(request, state, { end: 'Expired', version: '', progress });
      progress = true;
      request.options.onProgress?.();
      version = resourceVersionOf(next.value.object) ?? version;
      const event = eventOf(next.value, request);
      if (event !== undefined) yield event;
    }
  } finally {
    await lines.return('Closed');
  }
}

interface WatchResult {
  readonly end: WatchEnd | 'Expired';
  readonly version: string;
  /** True where anything came, so that the next attempt need not wait long. */
  readonly progress: boolean;
}

function nextState(
  { random, kind, caller }: WatchRequest,
  state: WatchState,
  { end, version, progress }: WatchResult,
): WatchState {
  if (end === 'TooLong' || end === 'Garbled') {
    caller.note({ message: 'a watch was answered with what is no watch event', fields: { kind: kind.kind, end } });
  }
  const failures = progress ? 0 : state.failures + 1;
  const pauseMs = end === 'Closed' && progress ? 0 : backoffMs(reconnectBackoff, failures, random);
  // A server, or what stands before it, that keeps back bookmarks may keep back changes on the next connection too.
  return { version: end === 'Idle' ? '' : version, failures, pauseMs };
}

async function openWatch(request: WatchRequest, resource: Resource, from: string): Promise<Readable | 'Expired'> {
  const { kind, options, caller, random } = request;
  const call: Call = {
    method: 'GET',
    path: collectionPath(kind, resource, options.namespace),
    query: {
      ...selectors(options),
      watch: 'true',
      resourceVersion: from,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(Math.floor(watchSeconds.from + random() * watchSeconds.spread)),
    },
    ...(options.content === 'Metadata' ? { accept: metadataAccept } : {}),
    action: `watch ${resource.plural}`,
    repeatable: true,
  };
  const stream = await caller.open(call, options.signal);
  if (isSuccess(stream)) return stream.body;
  const text = await readText(stream.body);
  // 410: the version is too old. 404: the kind went away; the list that follows finds that out.
  if (stream.status === 410 || stream.status === 404) return 'Expired';
  throw caller.refusal({ status: stream.status, headers: stream.headers, text }, call);
}

/** As in lists: an API server that does not know the form sends whole objects. */
const metadataAccept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

const eventTypes: Readonly<Record<string, 'Added' | 'Modified' | 'Deleted'>> = {
  ADDED: 'Added',
  MODIFIED: 'Modified',
  DELETED: 'Deleted',
};

/** The event of a line; undefined for a bookmark, and for an object that cannot be read, which the log names. */
function eventOf(line: WatchLine, { caller, kind: watched, options }: WatchRequest): WatchEvent | undefined {
  const type = eventTypes[line.type];
  const isPart = options.content === 'Metadata';
  const object = asKubeObject(isPart ? { ...watched, metadata: line.object.metadata ?? null } : line.object);
  if (type === undefined || object === undefined) return undefined;
  if ((isPart || !isTooDeep(object)) && hasPlainMetadata(object)) return { type, object };
  const { kind, metadata } = object;
  caller.note({ message: 'an object cannot be read and is left out', fields: { object: `${kind} ${metadata.name}` } });
  return undefined;
}
