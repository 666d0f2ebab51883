import { type Clock, timeOf } from '../base/clock.ts';
import type { MeshSession } from '../engine/mesh-session.ts';
import type { Feed } from './feed.ts';
import type { Topic, WatchedReports } from './messages.ts';
import { problemOf, shownReport, type Wording } from './words.ts';

/** How reports are read; what is left out is as the engine has it. */
export interface LookOptions {
  /** How long one look may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly istioctl?: string | readonly string[] | undefined;
  readonly helm?: string | undefined;
  /** `Leave` compares nothing with what is declared. */
  readonly drift: 'Compare' | 'Leave';
}

export interface Looking {
  readonly session: MeshSession;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly wording: Wording;
  readonly options: LookOptions;
  /** Milliseconds from the end of a look to the next one. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

type Read = (session: MeshSession, options: LookOptions) => Promise<WatchedReports[Topic]>;

const readers: Readonly<Record<Topic, Read>> = {
  MeshStatus: (session, options) => session.status(options),
  DoctorReport: (session, options) => session.doctor(options),
  TrustReport: (session, { timeoutMs }) => session.trust({ timeoutMs }),
  ServiceReport: (session, { timeoutMs }) => session.services({ timeoutMs }),
  ShiftReport: (session, { timeoutMs }) => session.shifts({ timeoutMs }),
  DrillStatus: (session, { timeoutMs }) => session.drills({ timeoutMs }),
};

/** What happens while somebody watches it is looked at more often: a request or two of a cluster. */
const liveMs = 2_000;

function waitMs(topic: Topic, intervalMs: number): number {
  return topic === 'ShiftReport' || topic === 'DrillStatus' ? Math.min(intervalMs, liveMs) : intervalMs;
}

/** Reads a topic as long as somebody wants to see it, one look after the other. */
export class Looks {
  readonly #looking: Looking;
  readonly #running = new Map<Topic, Promise<void>>();

  constructor(looking: Looking) {
    this.#looking = looking;
  }

  /** Begins where it is not under way. */
  start(topic: Topic): void {
    if (this.#running.has(topic) || this.#looking.signal.aborted) return;
    const run = this.#repeat(topic).finally(() => this.#running.delete(topic));
    this.#running.set(topic, run);
  }

  /** Waits until what is under way has ended, after the signal. */
  async ended(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #repeat(topic: Topic): Promise<void> {
    const { feed, clock, intervalMs, signal, session } = this.#looking;
    const isFolder = session.origin.snapshot !== undefined;
    // A folder does not change.
    while (!signal.aborted && feed.isWanted(topic) && !(isFolder && feed.has(topic))) {
      await look(topic, this.#looking);
      await clock.sleep(waitMs(topic, intervalMs), signal).catch(() => undefined);
    }
  }
}

async function look(topic: Topic, { session, feed, clock, wording, options, signal }: Looking): Promise<void> {
  const begun = timeOf(clock);
  try {
    const report = await readers[topic](session, options);
    feed.put(topic, { shown: shownReport(report, wording), readAt: 'readAt' in report ? report.readAt : begun });
  } catch (thrown) {
    if (!signal.aborted) feed.put(topic, { problem: problemOf(thrown, wording) });
  }
}
