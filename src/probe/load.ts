import type { Clock } from '../base/clock.ts';
import { waitForSidecar } from './client.ts';
import { answerMs, type LoadPlan, type LoadSpan, spanMs } from './load-protocol.ts';
import { parseServerAnswer } from './protocol.ts';
import type { Wire } from './wire.ts';

export interface LoadOptions {
  readonly plan: LoadPlan;
  readonly clock: Clock;
  readonly wire: Pick<Wire, 'get'>;
  /** Takes one line of output, without the line's end. */
  readonly write: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Requests that are under way at a time at most; one that is due beyond that has failed. */
const mostUnderWay = 400;

/**
 * Sends requests at a fixed rate until its time is over, without waiting for answers: what is slow or fails does not thin the load
 * out. Each request counts where it was due. Rejects when the signal is aborted.
 */
export async function runLoad(options: LoadOptions): Promise<void> {
  const { plan, clock, signal } = options;
  const startedAt = clock.monotonic();
  const deadline = startedAt + plan.lifetimeSeconds * 1000;
  const write = (line: object): void => options.write(JSON.stringify(line));
  const wire = options.wire as Wire;
  if (!(await waitForSidecar({ clock, wire, signal }, { startedAt, deadline, write }))) return;
  const perSpan = (plan.perSecond * spanMs) / 1000;
  const begun = clock.monotonic();
  const spans: Promise<void>[] = [];
  const calls = caller(options);
  for (let span = 0; begun + span * spanMs < deadline; span += 1) {
    await clock.sleep(Math.max(0, begun + span * spanMs - clock.monotonic()), signal);
    const count = Math.floor((span + 1) * perSpan) - Math.floor(span * perSpan);
    const at = clock.now();
    const requests = Array.from({ length: count }, async (_, index) => {
      await clock.sleep((index * spanMs) / count, signal);
      return await calls();
    });
    spans.push(Promise.all(requests).then((outcomes) => write(spanOf(at, outcomes))));
    spans.at(-1)?.catch(() => undefined);
  }
  await Promise.all(spans);
}

interface Outcome {
  /** Who answered; undefined where nobody did. */
  readonly cluster: string | undefined;
  readonly failure: string | undefined;
  readonly ms: number;
}

function caller({ plan, clock, wire }: LoadOptions): () => Promise<Outcome> {
  const wanted = { address: plan.service, port: plan.port, path: '/', timeoutMs: answerMs };
  let underWay = 0;
  return async () => {
    if (underWay >= mostUnderWay) return { cluster: undefined, failure: 'too many requests under way', ms: 0 };
    const began = clock.monotonic();
    const ended = (cluster: string | undefined, failure: string | undefined): Outcome => ({
      cluster,
      failure,
      ms: clock.monotonic() - began,
    });
    underWay += 1;
    try {
      const { status, body } = await wire.get(wanted);
      const answer = status === 200 ? parseServerAnswer(body) : undefined;
      return answer === undefined
        ? ended(undefined, `${status} ${body.slice(0, 100)}`)
        : ended(answer.cluster, undefined);
    } catch (thrown) {
      return ended(undefined, thrown instanceof Error ? thrown.message : 'failed');
    } finally {
      underWay -= 1;
    }
  };
}

function spanOf(at: number, outcomes: readonly Outcome[]): LoadSpan {
  const answers: Record<string, number> = {};
  for (const { cluster } of outcomes) if (cluster !== undefined) answers[cluster] = (answers[cluster] ?? 0) + 1;
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const [failure] = failures;
  return {
    type: 'load',
    at,
    sent: outcomes.length,
    answers,
    failed: failures.length,
    ...(failure === undefined ? {} : { failure }),
    slowestMs: Math.round(Math.max(0, ...outcomes.map(({ ms }) => ms))),
  };
}
