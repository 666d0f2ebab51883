/** How a request ended: by the class of its HTTP status, or without an answer. */
export type RequestOutcome = 'Success' | 'Redirect' | 'ClientError' | 'ServerError' | 'NoAnswer';

/** One more of something, with what it is counted by. */
export type CounterEvent =
  | {
      readonly counter: 'Requests';
      readonly cluster: string;
      readonly method: string;
      readonly outcome: RequestOutcome;
    }
  /** A connection that was lost and is there again. */
  | { readonly counter: 'Reconnects'; readonly cluster: string }
  /** A request that was sent again because the API server had answered 429. */
  | { readonly counter: 'ThrottledRetries'; readonly cluster: string };

/** Takes what is counted. It must neither throw nor wait. */
export type Counters = (event: CounterEvent) => void;

export interface CounterValue {
  readonly counter: CounterEvent['counter'];
  /** What it is counted by, in the order of the event's fields. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Counters of this process that an endpoint can read. */
export interface ReadableCounters {
  readonly count: Counters;
  /** Every counter that is above zero, in the order of its first event. */
  values(): readonly CounterValue[];
}

export function createCounters(): ReadableCounters {
  const values = new Map<string, CounterValue>();
  return {
    count({ counter, ...labels }) {
      const key = JSON.stringify([counter, ...Object.values(labels)]);
      values.set(key, { counter, labels, value: (values.get(key)?.value ?? 0) + 1 });
    },
    values: () => [...values.values()],
  };
}

/** The class of an HTTP status. */
export function outcomeOf(status: number): RequestOutcome {
  if (status >= 500) return 'ServerError';
  if (status >= 400) return 'ClientError';
  return status >= 300 ? 'Redirect' : 'Success';
}
