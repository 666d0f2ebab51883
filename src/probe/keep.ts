import type { Clock } from '../base/clock.ts';
import { waitForSidecar } from './client.ts';
import type { KeptLine, KeptPlan, KeptTarget } from './keep-protocol.ts';
import { startAnswering } from './server.ts';
import { sidecarReader } from './sidecar.ts';
import { tally } from './tally.ts';
import { type CallContext, callOnce, gather, newProgress } from './target.ts';
import type { Wire } from './wire.ts';

export interface KeptProbeOptions {
  readonly plan: KeptPlan;
  readonly clock: Clock;
  readonly wire: Wire;
  /** From 0 to 1: spreads the requests. */
  readonly random: () => number;
  /** Takes one line of output, without the line's end. */
  readonly write: (line: string) => void;
  /** Ends the probe. */
  readonly signal: AbortSignal;
  readonly onListening?: (port: number) => void;
}

/**
 * Answers the probes of other clusters, and sends one request to each target every so often, for as long as its pod runs; one that
 * is the first to fail is followed by another soon. Each request is a line of output. Rejects when the signal is aborted, and where the port cannot be had.
 */
export async function runKeptProbe(options: KeptProbeOptions): Promise<void> {
  const { plan, clock, wire, signal } = options;
  using answering = await startAnswering(plan);
  options.onListening?.(answering.port);
  const startedAt = clock.monotonic();
  const write = (line: object): void => options.write(JSON.stringify(line));
  await waitForSidecar(options, { startedAt, deadline: Number.POSITIVE_INFINITY, write });
  const context = { namespace: plan.namespace, clock, wire, readSidecar: sidecarReader(wire, clock) };
  await Promise.all(plan.targets.map(async (target) => await keepCalling(target, context, options)));
  // Without a target it answers, and nothing more.
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}

async function keepCalling(target: KeptTarget, context: CallContext, options: KeptProbeOptions): Promise<void> {
  const { plan, clock, random, signal } = options;
  const everyMs = plan.everySeconds * 1000;
  const write = (line: KeptLine): void => options.write(JSON.stringify(line));
  let [before, latest] = [true, await firstProbe(target, context, options)];
  write(latest);
  for (let count = 2; ; count += 1) {
    const isNew = before && !isWell(latest);
    before = isWell(latest);
    await clock.sleep(isNew ? confirmMs : everyMs * (0.9 + random() / 5), signal);
    latest = await probeOnce(target, context, count);
    write(latest);
  }
}

/** After the first one that something is wrong with: another one confirms it or does not. */
const confirmMs = 5_000;

/** The request was answered, and every endpoint that was tried gave a handshake. */
function isWell({ latencyMs, evidence }: KeptLine): boolean {
  return latencyMs !== null && evidence.dials.every(({ tls }) => tls === 'Handshake');
}

const firstRetryMs = 1_000;

/** Where both ends were just made, it is tried until it is answered or the time of a second request has come. */
async function firstProbe(target: KeptTarget, context: CallContext, options: KeptProbeOptions): Promise<KeptLine> {
  const { plan, clock, random, signal } = options;
  const until = clock.monotonic() + plan.everySeconds * 1000;
  for (;;) {
    await clock.sleep(firstRetryMs * random(), signal);
    const line = await probeOnce(target, context, 1);
    if (line.latencyMs !== null || clock.monotonic() >= until) return line;
    await clock.sleep(firstRetryMs, signal);
  }
}

/** One request by the name, which is looked up each time, as a client does that was just started. */
async function probeOnce(target: KeptTarget, context: CallContext, count: number): Promise<KeptLine> {
  const progress = newProgress(context.clock);
  const outcome = await callOnce(context, target, progress);
  progress.attempts = 1;
  const evidence = await gather({
    context,
    target,
    progress,
    counts: tally([outcome]),
    freshness: 'Recent',
    dials: target.way === 'Gateway' ? 'Always' : 'WhereRequestsFail',
  });
  return { type: 'probe', service: target.service, count, latencyMs: outcome.ok ? outcome.latencyMs : null, evidence };
}
