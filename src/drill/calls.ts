import { remember } from '../base/memo.ts';
import { readRequests } from '../shift/readings.ts';
import { type PlaceOf, type ProxyRequests, requestsBetween } from '../shift/requests.ts';
import { refusedDrill } from './breaking.ts';
import type { DrillContext } from './context.ts';
import type { ServiceName } from './fault.ts';
import type { DrillLoad } from './load.ts';
import { isCalm, type SentSpan } from './timeline.ts';

/** A service of the mesh whose callers are watched while it is broken: nothing of ours calls it. */
export interface CalledService {
  readonly service: ServiceName;
  /** Its full name, as sidecars have it. */
  readonly host: string;
  /** Where the addresses answer that sidecars send to. */
  readonly placeOf: PlaceOf;
}

/** What all sidecars had counted at a time. */
export interface CountedAt {
  /** When the first and the last of them was asked, in milliseconds since the epoch. */
  readonly begunAt: number;
  readonly endedAt: number;
  readonly counts: readonly ProxyRequests[];
}

/** Between two looks at the counters, and how long callers may take to be answered steadily, in milliseconds. */
const lookMs = 2_000;
const calmPatienceMs = 60_000;

/**
 * Counts the requests that a service gets anyway, as the sidecars of its callers count them, and waits until all of them are answered
 * steadily. Throws `drill-refused` where that does not come, or where nobody calls it.
 */
export async function countCalls(context: DrillContext, called: CalledService): Promise<DrillLoad> {
  const stop = new AbortController();
  const spans = new Map<string, SentSpan[]>();
  const counting = count(context, called, { spans, signal: AbortSignal.any([context.signal, stop.signal]) });
  counting.catch(() => undefined);
  const load: DrillLoad = {
    service: called.service,
    sent: async () => spans,
    calm: async () => await calm(spans, context, called),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await counting.catch(() => undefined);
    },
  };
  try {
    await load.calm();
  } catch (thrown) {
    await load[Symbol.asyncDispose]();
    throw thrown;
  }
  const { name, namespace } = called.service;
  context.report({ type: 'Called', details: { service: `${name}.${namespace}`, callers: [...spans.keys()] } });
  return load;
}

interface Counting {
  readonly spans: Map<string, SentSpan[]>;
  readonly signal: AbortSignal;
}

/** Looks until it is stopped; a look at which a cluster does not answer makes the span longer. */
async function count(
  { clients, clock }: DrillContext,
  called: CalledService,
  { spans, signal }: Counting,
): Promise<void> {
  let last: CountedAt | undefined;
  for (;;) {
    const begunAt = clock.now();
    const counts = await readRequests({ clients, signal }).catch(() => {
      signal.throwIfAborted();
      return undefined;
    });
    if (counts !== undefined) {
      const now = { begunAt, endedAt: clock.now(), counts };
      if (last !== undefined) addSpans(spans, spansBetween(last, now, called), emptySpan(last, now));
      last = now;
    }
    await clock.sleep(lookMs, signal);
  }
}

/** Where somebody answered who is not known, the span of that calling cluster tells nothing. */
type Sent = ReadonlyMap<string, SentSpan | 'Unclear'>;

/** What was sent between two looks, by calling cluster. */
export function spansBetween(before: CountedAt, after: CountedAt, { host, placeOf }: CalledService): Sent {
  const flows = requestsBetween(before.counts, after.counts, placeOf).filter((flow) => flow.host === host);
  return new Map(
    flows.map(({ from, requests, errors, answered }): readonly [string, SentSpan | 'Unclear'] => {
      if ((answered.unknown ?? 0) > 0) return [from, 'Unclear'];
      const answers = Object.fromEntries(Object.entries(answered).filter(([, some]) => some > 0));
      return [from, { ...emptySpan(before, after), sent: requests, answers, failed: errors }];
    }),
  );
}

function emptySpan(before: CountedAt, after: CountedAt): SentSpan {
  return { at: before.begunAt, ms: after.endedAt - before.begunAt, sent: 0, answers: {}, failed: 0 };
}

/** A cluster that called before and not within this span has sent nothing in it. */
function addSpans(spans: Map<string, SentSpan[]>, sent: Sent, empty: SentSpan): void {
  for (const from of new Set([...spans.keys(), ...sent.keys()])) {
    const span = sent.get(from) ?? empty;
    remember(spans, from, (): SentSpan[] => []).push(...(span === 'Unclear' ? [] : [span]));
  }
}

async function calm(
  spans: ReadonlyMap<string, readonly SentSpan[]>,
  { clock, signal }: DrillContext,
  { service: { namespace, name } }: CalledService,
): Promise<void> {
  const until = clock.monotonic() + calmPatienceMs;
  for (;;) {
    const restless = [...spans].find(([, own]) => !isCalm(own));
    if (spans.size > 0 && restless === undefined) return;
    if (clock.monotonic() > until) {
      throw restless === undefined
        ? refusedDrill(
            `no sidecar sent a request to ${namespace}/${name} for ${calmPatienceMs / 1000} s`,
            'try it when the service is called',
          )
        : refusedDrill(
            `requests from ${restless[0]} to ${namespace}/${name} are not answered steadily: ${whyRestless(restless[1])}`,
            'see that the service is healthy and called all the time first',
          );
    }
    await clock.sleep(lookMs, signal);
  }
}

function whyRestless(spans: readonly SentSpan[]): string {
  const failing = spans.findLast(({ failed }) => failed > 0);
  return failing === undefined
    ? 'there are too few, or others answer each time'
    : `${failing.failed} of ${failing.sent} failed`;
}
