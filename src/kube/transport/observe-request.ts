import { type Counters, outcomeOf } from '../../base/counters.ts';
import type { Logger } from '../../base/logger.ts';

export interface RequestObservers {
  readonly cluster: string;
  readonly counters?: Counters | undefined;
  readonly logger?: Logger | undefined;
}

/** What is logged of a request: never a body, a header or a query. */
export interface ObservedRequest {
  readonly method: string;
  /** A query in it is left out. */
  readonly path: string;
  readonly action: string;
  /** How long it took, in milliseconds: a stream until it began. */
  readonly durationMs: number;
}

/** Tells the counters and the log how one attempt ended; without an answer where there was none. */
export function observeRequest(
  { cluster, counters, logger }: RequestObservers,
  { method, path, action, durationMs }: ObservedRequest,
  answer?: { readonly status: number },
): void {
  counters?.({
    counter: 'Requests',
    cluster,
    method,
    outcome: answer === undefined ? 'NoAnswer' : outcomeOf(answer.status),
  });
  logger?.({
    level: 'debug',
    message: answer === undefined ? 'a request got no answer' : 'a request was answered',
    cluster,
    fields: {
      method,
      path: path.split('?')[0] ?? '',
      action,
      durationMs: Math.round(durationMs),
      ...(answer === undefined ? {} : { status: answer.status }),
    },
  });
}
