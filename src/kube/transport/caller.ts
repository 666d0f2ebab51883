import type { Clock } from '../../base/clock.ts';
import type { Counters } from '../../base/counters.ts';
import { endedBy, IsthmusError } from '../../base/error.ts';
import type { Json } from '../../base/json.ts';
import type { LogEntry, Logger } from '../../base/logger.ts';
import { kubectl, option, type Remedy, remedy } from '../../base/remedy.ts';
import type { CredentialProvider } from '../access/credential.ts';
import type { CallOptions, RequestCounts } from '../client.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import type { Limiter } from './limiter.ts';
import { observeRequest } from './observe-request.ts';
import { maxAnswerBytes, TooLarge } from './read-text.ts';
import { attemptsFor, mayRepeat, needsRenewal, type Outcome, pauseMs } from './retry.ts';
import { createServerClock } from './server-clock.ts';
import { isOverload, parseStatus, retryAfterMs, statusError } from './status.ts';
import type { HttpAnswer, HttpStream, Transport } from './transport.ts';
import { connectionProblem, unreachableError } from './unreachable.ts';

/** The time limit of a call that names none. */
const defaultTimeoutMs = 30_000;
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly contentType?: string;
  readonly accept?: string;
  /** `read ConfigMap default/a`: what messages say could not be done. */
  readonly action: string;
  /** True where sending it twice is the same as sending it once. */
  readonly repeatable: boolean;
  readonly confidential?: boolean;
  readonly options?: CallOptions;
}

/** Sends requests within the limits of one cluster, repeats those that may be repeated, and gives the last answer. */
export interface Caller {
  /** Where the access comes from, for messages. */
  readonly origin: string;
  /** The answer, of any status; throws where there was none (`cluster-unreachable`, `timeout`, `cancelled`). */
  send(call: Call): Promise<HttpAnswer>;
  /** A response that is read as it comes; one attempt, any status. The caller's signal alone ends it. */
  open(call: Call, signal: AbortSignal): Promise<HttpStream>;
  /** The error for an answer that is not a success. */
  refusal(answer: HttpAnswer, call: Call): IsthmusError;
  /** A time limit for several calls together, which also follows the signals and the end of the client. */
  limit(ms: number, signals: readonly (AbortSignal | undefined)[]): Deadline;
  /** Tells the log what was odd about an answer. */
  note(entry: Pick<LogEntry, 'message' | 'fields'>): void;
  counts(): RequestCounts;
  /** How far the server's clock is behind ours, in milliseconds, by the answer that came fastest; undefined before any told. */
  clockLagMs(): number | undefined;
}

export interface CallerOptions {
  readonly cluster: string;
  /** The API server's address as messages show it. */
  readonly server: string;
  /** Where the access comes from, and the context that kubectl knows it by, as `ClusterAccess` has them. */
  readonly origin: string;
  readonly context?: string | undefined;
  /** The proxy on the way, host and port, where there is one. */
  readonly proxy?: string | undefined;
  readonly transport: Transport;
  readonly credentials: CredentialProvider;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly random: () => number;
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
  readonly logger?: Logger | undefined;
  readonly counters?: Counters | undefined;
}

export function createCaller(options: CallerOptions): Caller {
  const state: CallerState = { requests: 0, writes: 0, reached: false };
  const serverClock = createServerClock(options.clock);
  const count = (call: Call): void => {
    state.requests += 1;
    if (changesSomething(call)) state.writes += 1;
  };
  const attempt = async (call: Call, signal: AbortSignal): Promise<Outcome> => {
    const { limiter, transport, credentials } = options;
    const isQueued = call.options?.urgency !== 'Immediate';
    if (isQueued) await limiter.enter(signal);
    try {
      const credential = await credentials.current();
      count(call);
      const observed = observing(options, call);
      try {
        const answer = await transport.send({ ...httpRequest(call), signal });
        state.reached = true;
        observed(answer);
        serverClock.note(answer.headers.date);
        if (isOverload(answer)) limiter.overloaded(retryAfterMs(answer));
        else limiter.succeeded();
        return { credential, answer };
      } catch (error) {
        observed();
        // Credentials that cannot be had are final; the caller of this recognizes our own signal.
        if (error instanceof IsthmusError || error instanceof TooLarge || signal.aborted) throw error;
        return { credential, error, problem: connectionProblem(error) };
      }
    } finally {
      if (isQueued) limiter.leave();
    }
  };
  return {
    origin: options.origin,
    async send(call) {
      const limitMs = call.options?.timeoutMs ?? defaultTimeoutMs;
      using deadline = startDeadline(options.clock, limitMs, [call.options?.signal, options.closed]);
      try {
        return await attempts(call, { options, deadline, attempt, reached: () => state.reached });
      } catch (error) {
        throw ended(error, { call, options, deadline, limitMs });
      }
    },
    async open(call, signal) {
      count(call);
      const observed = observing(options, call);
      try {
        const stream = await options.transport.open({ ...httpRequest(call), signal });
        state.reached = true;
        observed(stream);
        return stream;
      } catch (error) {
        observed();
        if (error instanceof IsthmusError || signal.aborted) throw error;
        throw unreachableError(connectionProblem(error), { ...options, cause: error });
      }
    },
    refusal: (answer, call) => statusError(answer, { ...options, ...call }),
    limit: (ms, signals) => startDeadline(options.clock, ms, [...signals, options.closed]),
    note: (entry) => options.logger?.({ level: 'warning', cluster: options.cluster, ...entry }),
    counts: () => ({ requests: state.requests, writes: state.writes }),
    clockLagMs: serverClock.lagMs,
  };
}

/** Begins to measure a request, whose end the counters and the log get. */
function observing(options: CallerOptions, call: Call): (answer?: { readonly status: number }) => void {
  const startedAt = options.clock.monotonic();
  return (answer) => observeRequest(options, { ...call, durationMs: options.clock.monotonic() - startedAt }, answer);
}

interface CallerState {
  requests: number;
  writes: number;
  reached: boolean;
}

interface Attempts {
  readonly options: CallerOptions;
  readonly deadline: Deadline;
  readonly attempt: (call: Call, signal: AbortSignal) => Promise<Outcome>;
  /** True once the server has answered anything: before that a refused connection is a wrong address, not a restart. */
  readonly reached: () => boolean;
}

async function attempts(call: Call, context: Attempts): Promise<HttpAnswer> {
  const { options, deadline } = context;
  let renewed = false;
  for (let failures = 1; ; failures += 1) {
    const outcome = await context.attempt(call, deadline.signal);
    if (!renewed && needsRenewal(outcome) && options.credentials.invalidate(outcome.credential)) {
      renewed = true;
      continue;
    }
    if (failures >= attemptsFor(outcome, context.reached()) || !mayRepeat(call, outcome, context.reached())) {
      if (outcome.answer !== undefined) return outcome.answer;
      throw unreachableError(outcome.problem, { ...options, cause: outcome.error });
    }
    if (outcome.answer?.status === 429) options.counters?.({ counter: 'ThrottledRetries', cluster: options.cluster });
    await options.clock.sleep(pauseMs(outcome, failures, options.random), deadline.signal);
  }
}

interface CallLimit {
  readonly call: Call;
  readonly options: CallerOptions;
  readonly deadline: Deadline;
  readonly limitMs: number;
}

function ended(error: unknown, { call, options, deadline, limitMs }: CallLimit): unknown {
  const { cluster, server, context } = options;
  if (error instanceof TooLarge) return answerTooLarge(call, options, error);
  if (error instanceof IsthmusError || !deadline.signal.aborted) return error;
  if (!deadline.expired()) return endedBy(deadline.signal, call.action, { cluster, cause: error });
  const message = `cluster ${cluster}: ${server} gave no answer within ${limitMs / 1000} s: ${call.action}`;
  return new IsthmusError('timeout', message, { cluster, cause: error, remedy: slowRemedy(context), retry: true });
}

function answerTooLarge({ action }: Call, { cluster, server, origin }: CallerOptions, cause: TooLarge): IsthmusError {
  const size = `more than ${maxAnswerBytes / 1024 ** 2} MB`;
  return new IsthmusError('unexpected-response', `cluster ${cluster}: ${server} answered with ${size}: ${action}`, {
    cluster,
    cause,
    remedy: `check that the server address of ${origin} is that of an API server`,
  });
}

/** True where an answer was larger than what is read: a list then asks for less at a time. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof IsthmusError && error.cause instanceof TooLarge;
}

function slowRemedy(context: string | undefined): Remedy {
  const more = option('timeout');
  if (context === undefined) return remedy`give a slow cluster a longer ${more}`;
  const trial = kubectl('--context', context, 'version');
  return remedy`check with ${trial} that it answers; give a slow cluster a longer ${more}`;
}

function httpRequest(call: Call): {
  method: Call['method'];
  path: string;
  headers: Record<string, string>;
  body?: string;
} {
  const query = new URLSearchParams(call.query ?? {}).toString();
  const path = query === '' ? call.path : `${call.path}${call.path.includes('?') ? '&' : '?'}${query}`;
  const accept = call.accept === undefined ? {} : { accept: call.accept };
  if (call.body === undefined) return { method: call.method, path, headers: accept };
  const headers = { ...accept, 'content-type': call.contentType ?? 'application/json' };
  return { method: call.method, path, headers, body: JSON.stringify(call.body) };
}

/** Reviews and dry runs are sent like writes but store nothing. */
export function changesSomething(call: Pick<Call, 'method' | 'path' | 'query'>): boolean {
  if (call.method === 'GET' || call.query?.dryRun === 'All' || call.path.includes('dryRun=All')) return false;
  return !/^\/apis\/(authorization|authentication)\.k8s\.io\//.test(call.path);
}

/** True where the answer is a success. */
export function isSuccess(answer: { readonly status: number }): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** True where a list's continue token or a watch's resource version is too old for the server. */
export function isExpired(answer: HttpAnswer): boolean {
  return answer.status === 410 || parseStatus(answer.text)?.reason === 'Expired';
}
