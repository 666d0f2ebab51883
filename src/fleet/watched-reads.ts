import type { Clock } from '../base/clock.ts';
import { canonicalJson, type Json, valueAt } from '../base/json.ts';
import type { KubeClient, ListOptions, RawRequest, WatchEvent } from '../kube/client.ts';
import { type KindRef, type KubeObject, type ObjectRef, refKey, refOf } from '../objects/object.ts';

export interface WatchedReadsOptions {
  readonly clock: Clock;
  /** Ends the watches. */
  readonly signal: AbortSignal;
}

/** The client, and what its user may know better than its watches. */
export interface WatchedReads {
  readonly client: KubeClient;
  /** Something of this kind has changed, as another watch has told: the next read asks the server. */
  changed(this: void, kind: string): void;
}

/** A watch ends where its read was not asked for this long, in milliseconds. */
const unusedMs = 15 * 60_000;
/** After a watch has failed, its read is asked of the server for this long. */
const failedMs = 60_000;
/** API servers send a bookmark about every minute: a watch that is silent for longer than two is not relied on. */
const silentMs = 120_000;
/** A right that the client has is taken for granted this long; a write finds out at once where it is gone. */
const rightsMs = 10 * 60_000;
/** What has more objects is asked of the server for `unusedMs`: memory is for meshes, not for their workloads. */
const maxObjects = 500;
const maxWatches = 64;
const maxRights = 256;

/**
 * A client whose reads, from the second time on, are answered from watches: what is read again and again of a cluster
 * where nothing changes costs no request. An answer is as old as the watch is behind, or at most two minutes where the
 * connection is dead and nothing has shown it yet; so it may decide whether there is something to do, and what is written only
 * where the server has shown the object to be the same. Writes, logs and connections to pods go to the server.
 */
export function watchedReads(client: KubeClient, options: WatchedReadsOptions): WatchedReads {
  const reads = createReads(client, options);
  const rights = createRights(client, options);
  const watched: Pick<KubeClient, 'get' | 'list' | 'raw'> = {
    async get(ref, call) {
      const { namespace, name } = ref;
      const selection = { ...(namespace === undefined ? {} : { namespace }), fieldSelector: `metadata.name=${name}` };
      const objects = reads.answer(ref, selection);
      return objects === undefined ? await client.get(ref, call) : objects[0];
    },
    async list(kind, listOptions = {}) {
      // A watch leaves out what cannot be read; who asks for its names asks the server.
      const objects = listOptions.onUnreadable === undefined ? reads.answer(kind, listOptions) : undefined;
      return objects ?? (await client.list(kind, listOptions));
    },
    raw: async (request) => (isAboutRights(request) ? await rights(request) : await client.raw(request)),
  };
  return { client: Object.assign(Object.create(client) as KubeClient, watched), changed: reads.forget };
}

type Selection = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector' | 'content'>;

interface Reads {
  /** The objects, or undefined where the server has to be asked. */
  answer(this: void, kind: KindRef, selection: Selection): readonly KubeObject[] | undefined;
  forget(this: void, kind: string): void;
}

function createReads(client: KubeClient, { clock, signal }: WatchedReadsOptions): Reads {
  const watches = new Map<string, WatchedRead>();
  const end = (key: string, watch: WatchedRead): void => {
    watch.end();
    watches.delete(key);
  };
  const asked = new Map<string, number>();
  const makeRoom = (): boolean => {
    for (const [key, watch] of watches) {
      if (clock.monotonic() - watch.usedAt > unusedMs) end(key, watch);
    }
    return watches.size < maxWatches;
  };
  return {
    answer({ apiVersion, kind }, { namespace, labelSelector, fieldSelector, content }) {
      const key = JSON.stringify([apiVersion, kind, namespace, labelSelector, fieldSelector, content]);
      const known = watches.get(key);
      if (known !== undefined) return known.objects();
      const before = asked.get(key);
      asked.delete(key);
      if (before === undefined || clock.monotonic() - before > unusedMs) {
        asked.set(key, clock.monotonic());
        forgetOldest(asked);
        return undefined;
      }
      if (!signal.aborted && makeRoom()) {
        const selection = { namespace, labelSelector, fieldSelector, content };
        watches.set(key, beginWatch({ client, clock, signal }, { apiVersion, kind }, withoutUndefined(selection)));
      }
      return undefined;
    },
    forget(kind) {
      for (const [key, watch] of watches) if (watch.kind === kind) end(key, watch);
    },
  };
}

function forgetOldest(asked: Map<string, unknown>): void {
  const [oldest] = asked.keys();
  if (asked.size > 4 * maxWatches && oldest !== undefined) asked.delete(oldest);
}

function withoutUndefined(selection: { readonly [K in keyof Selection]: Selection[K] | undefined }): Selection {
  return Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined));
}

interface WatchedRead {
  readonly kind: string;
  /** When it was asked for last, in monotonic milliseconds. */
  readonly usedAt: number;
  objects(): readonly KubeObject[] | undefined;
  end(): void;
}

interface WatchPorts extends WatchedReadsOptions {
  readonly client: KubeClient;
}

function beginWatch({ client, clock, signal }: WatchPorts, kind: KindRef, selection: Selection): WatchedRead {
  const ending = new AbortController();
  let usedAt = clock.monotonic();
  let aliveAt = Number.NEGATIVE_INFINITY;
  /** The watch has ended, and is not begun again before; undefined while it lasts. */
  let nextAt: number | undefined;
  let state: Map<string, KubeObject> | undefined;
  const follow = async (): Promise<void> => {
    nextAt = undefined;
    let pauseMs = failedMs;
    const onProgress = (): void => {
      aliveAt = clock.monotonic();
    };
    const watch = client.watch(kind, {
      ...selection,
      signal: AbortSignal.any([signal, ending.signal]),
      onProgress,
    });
    try {
      for await (const event of watch) {
        onProgress();
        state = stateAfter(state, event);
        // Without its end the loop would go on reading what is not kept.
        if (state.size > maxObjects) {
          pauseMs = unusedMs;
          break;
        }
      }
    } catch {
      // The server is asked in its place, and says why it does not answer.
    }
    state = undefined;
    nextAt = clock.monotonic() + pauseMs;
  };
  void follow();
  return {
    kind: kind.kind,
    get usedAt() {
      return usedAt;
    },
    objects() {
      usedAt = clock.monotonic();
      if (nextAt !== undefined && usedAt > nextAt && !ending.signal.aborted) void follow();
      if (state === undefined || usedAt - aliveAt > silentMs) return undefined;
      return [...state.values()].toSorted(byName);
    },
    end: () => ending.abort(),
  };
}

function stateAfter(before: Map<string, KubeObject> | undefined, event: WatchEvent): Map<string, KubeObject> {
  if (event.type === 'Listed') return new Map(event.objects.map((object) => [refKey(refOf(object)), object]));
  const after = before ?? new Map<string, KubeObject>();
  const key = refKey(refOf(event.object));
  if (event.type === 'Deleted') after.delete(key);
  else after.set(key, event.object);
  return after;
}

/** The order of a list of the server. */
function byName({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  const key = ({ namespace = '', name }: Pick<ObjectRef, 'namespace' | 'name'>): string => `${namespace}/${name}`;
  const [one, other] = [key(a), key(b)];
  return one === other ? 0 : one < other ? -1 : 1;
}

function isAboutRights({ method, path }: RawRequest): boolean {
  return method === 'POST' && path === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
}

function createRights(client: KubeClient, { clock }: WatchedReadsOptions): (request: RawRequest) => Promise<Json> {
  const answers = new Map<string, { readonly at: number; readonly answer: Json }>();
  return async (request) => {
    const key = canonicalJson(request.body ?? null);
    const known = answers.get(key);
    if (known !== undefined && clock.monotonic() - known.at < rightsMs) return known.answer;
    const answer = await client.raw(request);
    answers.delete(key);
    if (valueAt(answer, ['status', 'allowed']) !== true) return answer;
    answers.set(key, { at: clock.monotonic(), answer });
    const [oldest] = answers.keys();
    if (answers.size > maxRights && oldest !== undefined) answers.delete(oldest);
    return answer;
  };
}
