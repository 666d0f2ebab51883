import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { IsthmusError } from '../../base/error.ts';
import type { Json } from '../../base/json.ts';
import { systemClock } from '../../base/system-clock.ts';
import { describeRef, type KindRef, type KubeObject, type ObjectRef, refOf } from '../../objects/object.ts';
import { fieldManager } from '../../objects/ownership.ts';
import type {
  ExecResult,
  ExecTarget,
  KubeClient,
  RawRequest,
  SelectionOptions,
  WatchEvent,
  WatchOptions,
} from '../client.ts';
import { matchesFields, matchesLabels } from '../objects/selector.ts';
import { createKinds, type FakeKinds } from './fake-kinds.ts';
import { answerRaw } from './fake-raw.ts';
import { createStore, type FakeStore, type StoredEvent } from './fake-store.ts';

/** One call of a fake client, before it is answered. */
export interface FakeCall {
  readonly verb: 'get' | 'list' | 'apply' | 'create' | 'delete' | 'watch' | 'logs' | 'forward' | 'exec' | 'raw';
  /** What it is about, as messages show it: `Secret istio-system/cacerts`, `list Secret`, `GET /version`. */
  readonly what: string;
  readonly kind?: string;
}

interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface FakeOptions {
  /** Default `west`. */
  readonly cluster?: string;
  /** Present at the start; their namespaces are made and their kinds become known. */
  readonly objects?: readonly KubeObject[];
  /** Like `objects`, and our field manager holds all their fields. */
  readonly applied?: readonly KubeObject[];
  /** For the times in metadata; default the clock of the machine. */
  readonly clock?: Clock;
  /** Called before each call is answered; what it throws is the answer. */
  readonly intercept?: (call: FakeCall) => void | Promise<void>;
  /** How far its clock is behind; left out, it does not tell. */
  readonly clockLagMs?: number;
  /** Default `v1.36.0`. */
  readonly version?: string;
  /** What a SelfSubjectAccessReview answers; default everything is allowed. */
  readonly allows?: (attributes: { readonly verb: string; readonly resource: string }) => boolean;
  readonly logs?: (pod: PodName) => string;
  readonly forward?: (pod: PodName, port: number) => Duplex | Promise<Duplex>;
  readonly exec?: (target: ExecTarget) => ExecResult;
  /** Answers a raw request; undefined leaves it to the fake (/version, self subject reviews, objects by path). */
  readonly raw?: (request: RawRequest) => Json | undefined;
}

/** A client of a cluster that exists in memory only, with what a test needs to play its controllers. */
export interface FakeClient extends KubeClient {
  /** Every object there is. */
  objects(): readonly KubeObject[];
  /** Changes an object as a controller would (status, finalizers), and wakes the watches. */
  change(ref: ObjectRef, edit: (object: KubeObject) => KubeObject): void;
}

/** Kubernetes makes these itself; the UID of kube-system is a cluster's identity. */
const initialNamespaces = ['default', 'kube-system', 'kube-public'];

/**
 * An in-memory KubeClient for unit tests. It keeps to what the contract test asks of a real API server; beyond that it
 * knows no admission, no defaulting, no controllers and no merging of lists.
 */
export function createFake(options: FakeOptions = {}): FakeClient {
  const cluster = options.cluster ?? 'west';
  const store = createStore({ cluster, clock: options.clock ?? systemClock });
  const kinds = createKinds(store);
  const counts = { requests: 0, writes: 0 };
  const closed = new AbortController();
  seed(store, kinds, options);

  const begin: Begin = async (call, write, signal) => {
    if (signal?.aborted === true || closed.signal.aborted) {
      throw new IsthmusError('cancelled', `cluster ${cluster}: cancelled: ${call.what}`, { cluster });
    }
    counts.requests += 1;
    if (write) counts.writes += 1;
    await options.intercept?.(call);
  };
  const select = (kind: KindRef, list: SelectionOptions): readonly KubeObject[] =>
    store.list(kind).filter((object) => isSelected(object, list));
  const writable = (object: KubeObject): KubeObject => inPlace(object, { store, kinds, cluster });
  return {
    cluster,
    server: `https://${cluster}.invalid:6443`,
    certificateAuthority: undefined,
    clockLagMs: () => options.clockLagMs,
    objects: () => store.all(),
    change(ref, edit) {
      const object = store.get(ref);
      if (object === undefined) throw new Error(`${describeRef(ref)} is not in the fake cluster ${cluster}`);
      store.update(edit(object), 'controller');
    },
    counts: () => ({ ...counts }),
    async get(ref, call) {
      await begin({ verb: 'get', what: describeRef(ref), kind: ref.kind }, false, call?.signal);
      return store.get(ref);
    },
    async list(kind, list = {}) {
      await begin({ verb: 'list', what: `list ${kind.kind}`, kind: kind.kind }, false, list.signal);
      const objects = select(kind, list);
      return list.content === 'Metadata' ? objects.map(metadataOf) : objects;
    },
    async apply(whole, { fieldManager, conflicts, dryRun, signal, subresource }) {
      await begin({ verb: 'apply', what: describeRef(refOf(whole)), kind: whole.kind }, dryRun === undefined, signal);
      const object = subresource === undefined ? writable(whole) : statusOf(whole, { store, cluster });
      return store.apply(object, { manager: fieldManager, force: conflicts === 'Force', dryRun: dryRun === 'All' });
    },
    async create(object, call) {
      await begin({ verb: 'create', what: describeRef(refOf(object)), kind: object.kind }, true, call?.signal);
      return store.create(writable(object));
    },
    async delete(ref, call) {
      await begin({ verb: 'delete', what: describeRef(ref), kind: ref.kind }, true, call?.signal);
      return store.delete(ref, call);
    },
    async *watch(kind, list) {
      await begin({ verb: 'watch', what: `watch ${kind.kind}`, kind: kind.kind }, false, list.signal);
      const signal = AbortSignal.any([list.signal, closed.signal]);
      yield* shownAs(
        list.content,
        watchStore(store, { kind, list, signal }, () => select(kind, list)),
      );
    },
    ...podCalls(options, { store, cluster, begin }),
    async raw(request) {
      const what = `${request.method} ${request.path}`;
      const write = request.method !== 'GET' && !/^\/apis\/auth(oriz|entic)ation\.k8s\.io\//.test(request.path);
      await begin({ verb: 'raw', what }, write, request.signal);
      const own = options.raw?.(request);
      return own ?? answerRaw(request, { store, kinds, cluster, version: options.version, allows: options.allows });
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
    },
  };
}

type Begin = (call: FakeCall, write: boolean, signal?: AbortSignal) => Promise<void>;

interface PodContext {
  readonly store: FakeStore;
  readonly cluster: string;
  readonly begin: Begin;
}

function podCalls(
  options: FakeOptions,
  { store, cluster, begin }: PodContext,
): Pick<KubeClient, 'logs' | 'forward' | 'exec'> {
  return {
    async logs(pod, call) {
      await begin({ verb: 'logs', what: `log of Pod ${pod.namespace}/${pod.name}`, kind: 'Pod' }, false, call?.signal);
      checkPod(store, pod, cluster);
      return options.logs?.(pod) ?? '';
    },
    async forward(pod, port, call) {
      const what = `Pod ${pod.namespace}/${pod.name}:${port}`;
      await begin({ verb: 'forward', what, kind: 'Pod' }, false, call?.signal);
      checkPod(store, pod, cluster);
      const stream = await options.forward?.(pod, port);
      if (stream !== undefined) return stream;
      throw new IsthmusError('port-forward-failed', `cluster ${cluster}: nothing listens on port ${port}`, { cluster });
    },
    async exec(target, call) {
      const what = `${target.command[0]} in Pod ${target.pod.namespace}/${target.pod.name}`;
      await begin({ verb: 'exec', what, kind: 'Pod' }, true, call?.signal);
      checkPod(store, target.pod, cluster);
      const result = options.exec?.(target);
      if (result !== undefined) return result;
      throw new IsthmusError('exec-failed', `cluster ${cluster}: ${what}: executable file not found`, { cluster });
    },
  };
}

function seed(
  store: FakeStore,
  kinds: FakeKinds,
  { objects: made = [], applied = [] }: Pick<FakeOptions, 'objects' | 'applied'>,
): void {
  const objects = [...made, ...applied];
  const named = objects.flatMap(({ metadata }) => (metadata.namespace === undefined ? [] : [metadata.namespace]));
  const given = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  for (const name of new Set([...initialNamespaces, ...named])) {
    if (!given.has(name)) store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const object of objects) {
    kinds.add(object);
    if (!applied.includes(object)) store.create(object);
    else store.apply(object, { manager: fieldManager, force: true, dryRun: false });
  }
}

async function* shownAs(
  content: WatchOptions['content'],
  events: AsyncIterable<WatchEvent>,
): AsyncGenerator<WatchEvent, void> {
  const shown = content === 'Metadata' ? metadataOf : (object: KubeObject): KubeObject => object;
  for await (const event of events) {
    yield event.type === 'Listed'
      ? { type: 'Listed', objects: event.objects.map(shown) }
      : { type: event.type, object: shown(event.object) };
  }
}

/** What a write to the status subresource takes of an object, which must be there. */
function statusOf(object: KubeObject, { store, cluster }: Pick<Place, 'store' | 'cluster'>): KubeObject {
  const { apiVersion, kind, metadata, status = null } = object;
  if (store.get(refOf(object)) !== undefined) return { apiVersion, kind, metadata, status };
  throw new IsthmusError('not-found', `cluster ${cluster}: ${describeRef(refOf(object))} not found`, { cluster });
}

function metadataOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata };
}

function isSelected(object: KubeObject, { namespace, labelSelector, fieldSelector }: SelectionOptions): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  return matchesLabels(labelSelector, object.metadata.labels) && matchesFields(fieldSelector, object);
}

interface Place {
  readonly store: FakeStore;
  readonly kinds: FakeKinds;
  readonly cluster: string;
}

/** A write needs a kind that the server knows and, where the kind has one, an existing namespace. */
function inPlace(object: KubeObject, { store, kinds, cluster }: Place): KubeObject {
  const ref = refOf(object);
  const resource = kinds.resourceOf(ref);
  if (resource === undefined) {
    const message = `cluster ${cluster} does not know the kind ${ref.kind} of ${ref.apiVersion}`;
    throw new IsthmusError('not-found', message, { cluster, retry: true });
  }
  if (!resource.namespaced) return object;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: ref.namespace ?? '' };
  if (store.get(namespace) !== undefined) return object;
  const message = `cluster ${cluster}: cannot write ${describeRef(ref)}: namespaces "${namespace.name}" not found`;
  throw new IsthmusError('not-found', message, { cluster });
}

function checkPod(store: FakeStore, pod: PodName, cluster: string): void {
  if (store.get({ apiVersion: 'v1', kind: 'Pod', ...pod }) !== undefined) return;
  throw new IsthmusError('not-found', `cluster ${cluster}: pods "${pod.name}" not found`, { cluster });
}

interface FakeWatch {
  readonly kind: KindRef;
  readonly list: SelectionOptions;
  readonly signal: AbortSignal;
}

async function* watchStore(
  store: FakeStore,
  { kind, list, signal }: FakeWatch,
  state: () => readonly KubeObject[],
): AsyncGenerator<WatchEvent, void> {
  const pending: StoredEvent[] = [];
  let wake = (): void => undefined;
  const unsubscribe = store.subscribe((event) => {
    const { apiVersion, kind: name } = event.object;
    if (apiVersion !== kind.apiVersion || name !== kind.kind || !isSelected(event.object, list)) return;
    pending.push(event);
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  try {
    yield { type: 'Listed', objects: state() };
    while (!signal.aborted) {
      const event = pending.shift();
      if (event !== undefined) yield event;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    unsubscribe();
  }
}
