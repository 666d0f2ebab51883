import type { Clock } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import type { CallOptions, KubeClient } from './client.ts';

const leaseKind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const;
const defaultDurationMs = 15_000;
const defaultRenewMs = 5_000;
/** A failed renewal is repeated after this long. */
const retryMs = 1_000;
/** One renewal may take this long, so that a hanging one leaves time for another before the Lease expires. */
const requestTimeoutMs = 3_000;
/** The server's stamps are whole seconds, and its clock may be another machine's at each request. */
const clockSkewMs = 2_000;

export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  /** Who holds it, for the one who is refused: `apply by ann@laptop, process 4711`. Unique to this process. */
  readonly holder: string;
  /** How long it is valid after each renewal, in whole seconds as milliseconds; default 15,000. */
  readonly durationMs?: number;
  /** Default 5,000. */
  readonly renewMs?: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** A Lease that this process holds until it is disposed or `signal` is aborted. */
export interface HeldLease extends AsyncDisposable {
  /** Aborted with a `lock-held` error when the Lease is lost: the work under it must stop at once. */
  readonly signal: AbortSignal;
  /**
   * Throws where the Lease is lost, also where this process stood still (suspended, a blocked event loop) until it was
   * over: work that wakes up earlier than the renewal must not go on with it.
   */
  readonly check: () => void;
  /** Grows with every change of the holder: a later holder has a larger one. */
  readonly fence: number;
}

/**
 * Acquires a Lease and renews it until it is disposed. Fails with `lock-held`, naming the holder and the expiry, while
 * another one's is valid; takes over an expired one. Every write carries the resource version that was read, so of two
 * processes that try at once one gets it. The namespace must exist.
 */
export async function acquireLease(client: KubeClient, options: LeaseOptions): Promise<HeldLease> {
  const { clock } = options;
  const ref: ObjectRef = { ...leaseKind, namespace: options.namespace, name: options.name };
  const context: Context = { client, options, clock, ref };
  const live = await client.get(ref, callOptions(options));
  const started = clock.monotonic();
  await refuseIfHeld(context, live);
  const fence = transitionsOf(live) + (holderOf(live) === options.holder ? 0 : 1);
  const acquireTime = microTime(clock.now());
  const wanted = leaseObject(context, { acquireTime, fence, live });
  const stored = await raceFor(context, () =>
    live === undefined ? client.create(wanted, callOptions(options)) : write(context, wanted, callOptions(options)),
  );
  return startRenewal(context, { acquireTime, fence, version: stored.metadata.resourceVersion, renewedAt: started });
}

interface Context {
  readonly client: KubeClient;
  readonly options: LeaseOptions;
  readonly clock: Clock;
  readonly ref: ObjectRef;
}

interface Held {
  readonly acquireTime: string;
  readonly fence: number;
  readonly version: string | undefined;
  /** When the renewal that succeeded last was sent, on the monotonic clock. */
  readonly renewedAt: number;
}

function callOptions({ signal }: LeaseOptions): CallOptions {
  return signal === undefined ? {} : { signal };
}

async function refuseIfHeld(context: Context, live: KubeObject | undefined): Promise<void> {
  const { client, options } = context;
  const holder = holderOf(live);
  if (live === undefined || holder === undefined || holder === '' || holder === options.holder) return;
  const expiry = expiryOf(live);
  if (expiry === undefined || (await isOver(context, live, expiry))) return;
  throw lockHeld(client, options, `held by ${holder} until ${new Date(expiry.at).toISOString()}`);
}

/**
 * Whether a Lease has not been renewed for its whole duration. The server's clock decides, because those of the holder
 * and of this machine may be an hour apart: it stamps every change of an object, and a dry run as if it were one.
 */
async function isOver(context: Context, live: KubeObject, { at, durationMs }: Expiry): Promise<boolean> {
  const { client, options, clock, ref } = context;
  const changed = stampOf(live);
  const metadata = { name: ref.name, namespace: options.namespace };
  const dryRun = await client.apply(
    { ...leaseKind, metadata, spec: { holderIdentity: options.holder } },
    { fieldManager, conflicts: 'Force', dryRun: 'All', ...callOptions(options) },
  );
  const now = stampOf(dryRun);
  if (changed === undefined || now === undefined) return clock.now() > at + clockSkewMs;
  return now - changed > durationMs + clockSkewMs;
}

/** When the server last saw an object change, to the second, in milliseconds since the epoch. */
function stampOf({ metadata }: KubeObject): number | undefined {
  const entries = Array.isArray(metadata.managedFields) ? metadata.managedFields : [];
  const times = entries.map((entry: Json) => Date.parse(String(valueAt(entry, ['time'])))).filter(Number.isFinite);
  return times.length === 0 ? undefined : Math.max(...times);
}

function lockHeld({ cluster }: KubeClient, { namespace, name }: LeaseOptions, state: string): IsthmusError {
  return new IsthmusError('lock-held', `cluster ${cluster}: Lease ${namespace}/${name} is ${state}`, {
    cluster,
    retry: true,
    remedy: 'wait for the other run to end; where it has died, its Lease expires by itself',
  });
}

/** Two that try at once: the one whose write comes second gets a conflict. */
async function raceFor({ client, options, ref }: Context, work: () => Promise<KubeObject>): Promise<KubeObject> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof IsthmusError) || error.code !== 'conflict') throw error;
    const live = await client.get(ref, callOptions(options));
    if (live !== undefined && holderOf(live) === options.holder) return live;
    throw lockHeld(client, options, `held by ${holderOf(live) ?? 'another run'}, which was faster`);
  }
}

interface LeaseState {
  readonly acquireTime: string;
  readonly fence: number;
  readonly live: KubeObject | undefined;
}

function leaseObject({ options, clock, ref }: Context, { acquireTime, fence, live }: LeaseState): KubeObject {
  const resourceVersion = live?.metadata.resourceVersion;
  return {
    ...leaseKind,
    metadata: {
      name: ref.name,
      namespace: options.namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: {
      holderIdentity: options.holder,
      leaseDurationSeconds: Math.max(1, Math.round((options.durationMs ?? defaultDurationMs) / 1000)),
      acquireTime,
      renewTime: microTime(clock.now()),
      leaseTransitions: fence,
    },
  };
}

/** Only the acquiring follows the caller's signal: a held Lease is renewed and given up also where the work has failed. */
function write({ client }: Context, object: KubeObject, call: CallOptions = {}): Promise<KubeObject> {
  const urgent = { timeoutMs: requestTimeoutMs, urgency: 'Immediate' } as const;
  return client.apply(object, { fieldManager, conflicts: 'Force', ...urgent, ...call });
}

function startRenewal(context: Context, first: Held): HeldLease {
  const lost = new AbortController();
  const stopping = new AbortController();
  const state: { held: Held } = { held: first };
  const running = renewUntilStopped(context, state, stopping.signal).catch((error: unknown) => lost.abort(error));
  return {
    signal: lost.signal,
    check() {
      if (isOverdue(context, state.held)) lost.abort(lostError(context, 'it could not be renewed in time'));
      lost.signal.throwIfAborted();
    },
    fence: first.fence,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
      if (!lost.signal.aborted) await release(context, state.held);
    },
  };
}

async function renewUntilStopped(context: Context, state: { held: Held }, stop: AbortSignal): Promise<void> {
  const { clock, options } = context;
  const renewMs = options.renewMs ?? defaultRenewMs;
  const durationMs = options.durationMs ?? defaultDurationMs;
  let pause = renewMs;
  while (!stop.aborted) {
    await clock.sleep(pause, stop).catch(() => undefined);
    if (stop.aborted) return;
    // A process that stood still (suspended, or a blocked event loop) finds its Lease expired when it wakes.
    if (isOverdue(context, state.held)) throw lostError(context, 'it could not be renewed in time');
    const renewed = await renewOnce(context, state.held);
    if (renewed !== undefined) state.held = renewed;
    else if (clock.monotonic() - state.held.renewedAt > durationMs - requestTimeoutMs) {
      throw lostError(context, 'it could not be renewed in time');
    }
    pause = renewed === undefined ? retryMs : renewMs;
  }
}

function isOverdue({ clock, options }: Context, { renewedAt }: Held): boolean {
  return clock.monotonic() - renewedAt > (options.durationMs ?? defaultDurationMs);
}

/** The Lease as renewed; undefined where the attempt failed and another may succeed. Throws when it is another's. */
async function renewOnce(context: Context, held: Held): Promise<Held | undefined> {
  const { clock } = context;
  const renewedAt = clock.monotonic();
  const version = held.version === undefined ? {} : { resourceVersion: held.version };
  const wanted = leaseObject(context, { ...held, live: undefined });
  try {
    const stored = await write(context, { ...wanted, metadata: { ...wanted.metadata, ...version } });
    return { ...held, version: stored.metadata.resourceVersion, renewedAt };
  } catch (error) {
    if (!(error instanceof IsthmusError) || error.code !== 'conflict') return undefined;
    return await stillOurs(context, held);
  }
}

/** A conflict may be our own earlier write whose answer was lost: then the Lease still names us. */
async function stillOurs(context: Context, held: Held): Promise<Held | undefined> {
  const { client, options, ref } = context;
  const live = await client.get(ref, { timeoutMs: requestTimeoutMs }).catch(() => held);
  if (live === held) return undefined;
  const found = live as KubeObject | undefined;
  if (holderOf(found) === options.holder && transitionsOf(found) === held.fence) {
    return { ...held, version: found?.metadata.resourceVersion };
  }
  throw lostError(context, `${holderOf(found) ?? 'nobody'} holds it now`);
}

function lostError({ client, options }: Context, why: string): IsthmusError {
  return lockHeld(client, options, `lost: ${why}`);
}

/** Gives the Lease up: an empty holder is nobody. A failure leaves it to expire. */
async function release(context: Context, held: Held): Promise<void> {
  const wanted = leaseObject(context, { ...held, live: undefined });
  const version = held.version === undefined ? {} : { resourceVersion: held.version };
  const spec = { ...asObject(wanted.spec), holderIdentity: '', leaseDurationSeconds: 1 };
  const freed = { ...wanted, metadata: { ...wanted.metadata, ...version }, spec };
  await write(context, freed).catch(() => undefined);
}

function asObject(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Who holds a Lease (nobody: the empty text), and how often its holder has changed. */
export function leaseState(lease: KubeObject | undefined): { readonly heldBy: string; readonly transitions: number } {
  return { heldBy: holderOf(lease) ?? '', transitions: transitionsOf(lease) };
}

/**
 * When a Lease was last renewed, in milliseconds since the epoch: as the server stamped the change, because the clock of the holder
 * may be an hour off; as the holder wrote it where nothing is stamped.
 */
export function renewedAt(lease: KubeObject): number | undefined {
  const written = Date.parse(String(valueAt(lease, ['spec', 'renewTime'])));
  return stampOf(lease) ?? (Number.isNaN(written) ? undefined : written);
}

function holderOf(lease: KubeObject | undefined): string | undefined {
  const holder = valueAt(lease, ['spec', 'holderIdentity']);
  return typeof holder === 'string' ? holder : undefined;
}

function transitionsOf(lease: KubeObject | undefined): number {
  const transitions = valueAt(lease, ['spec', 'leaseTransitions']);
  return typeof transitions === 'number' ? transitions : 0;
}

interface Expiry {
  /** Milliseconds since the epoch, by the holder's clock. */
  readonly at: number;
  readonly durationMs: number;
}

function expiryOf(lease: KubeObject): Expiry | undefined {
  const renewed = valueAt(lease, ['spec', 'renewTime']);
  const seconds = valueAt(lease, ['spec', 'leaseDurationSeconds']);
  if (typeof renewed !== 'string' || typeof seconds !== 'number') return undefined;
  const at = Date.parse(renewed) + seconds * 1000;
  // No clock ever shows a time beyond what a date can hold.
  return Number.isNaN(new Date(at).getTime()) ? undefined : { at, durationMs: seconds * 1000 };
}

/** Kubernetes' MicroTime: RFC 3339 with six decimals. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
