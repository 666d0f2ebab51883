import type { Clock } from '../base/clock.ts';

/** How a piece of work ended, and whether it has to be done again without being woken. */
export type WorkEnd =
  | 'Done'
  /** Again after a pause that grows with each failure in a row. */
  | 'Failed'
  /** Again at the latest after so many milliseconds. */
  | { readonly againInMs: number };

export interface QueueOptions {
  /** Never called twice at a time for one key. It must not reject for what can be tried again. */
  readonly work: (key: string, signal: AbortSignal) => Promise<WorkEnd>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told of what `work` rejects with; the key is tried again like one that failed. */
  readonly onError: (key: string, error: unknown) => void;
}

export interface QueueState {
  readonly key: string;
  readonly state: 'Idle' | 'Waiting' | 'Working';
  /** Failures in a row. */
  readonly failures: number;
  /** For how long it is in this state, in milliseconds. */
  readonly sinceMs: number;
  /** When its turn is, in milliseconds from now, where it waits. */
  readonly nextInMs?: number;
}

/** Work by key: each key has its own turn and its own pauses, so that one that fails slows no other. */
export interface Queue {
  /**
   * Has the key done soon; what comes within the quiet window is one. A pause after failures is cut short by what is `Urgent`,
   * such as a changed document, and by nothing else: a cluster that fails and is never quiet would be tried all the time.
   * `Soon`: its turn is at the end of the window. `Later`: after such a pause, or after the turn that is under way.
   */
  wake(key: string, urgency?: 'Urgent'): 'Soon' | 'Later';
  state(): readonly QueueState[];
  /** Resolves when no work is under way; after the signal was aborted nothing more begins. */
  idle(): Promise<void>;
}

/** What wakes a key within so many milliseconds is one turn. */
export const quietMs = 50;
const backoff = { firstMs: 1_000, capMs: 300_000 } as const;

interface Entry {
  state: QueueState['state'];
  /** Since when it is in this state, monotonic. */
  since: number;
  /** When its turn is, monotonic, where it waits. */
  next: number;
  failures: number;
  /** What it waits for. */
  waits: 'Quiet' | 'Pause' | 'Later';
  /** It was woken while it worked. */
  isDirty: boolean;
  /** Ends the pause before its turn. */
  pause: AbortController;
}

export function createQueue(options: QueueOptions): Queue {
  const { clock, random, signal } = options;
  const entries = new Map<string, Entry>();
  const running = new Set<Promise<void>>();

  const begin = (
    key: string,
    entry: Entry,
    { waits, ms }: { readonly waits: Entry['waits']; readonly ms: number },
  ): void => {
    const now = clock.monotonic();
    if (entry.state !== 'Waiting') entry.since = now;
    entry.state = 'Waiting';
    entry.next = now + ms;
    entry.waits = waits;
    entry.pause = new AbortController();
    const { signal: cut } = entry.pause;
    const turn = clock
      .sleep(ms, AbortSignal.any([signal, cut]))
      // A pause that was cut gives way to the turn that cut it.
      .then(
        async () => await workOn(key, entry),
        () => undefined,
      )
      .finally(() => running.delete(turn));
    running.add(turn);
  };

  const workOn = async (key: string, entry: Entry): Promise<void> => {
    if (signal.aborted) return;
    entry.state = 'Working';
    entry.since = clock.monotonic();
    entry.isDirty = false;
    const end = await options.work(key, signal).catch((error: unknown): WorkEnd => {
      if (!signal.aborted) options.onError(key, error);
      return 'Failed';
    });
    entry.state = 'Idle';
    entry.since = clock.monotonic();
    entry.failures = end === 'Failed' ? entry.failures + 1 : 0;
    if (signal.aborted) return;
    if (entry.isDirty && end !== 'Failed') return begin(key, entry, quiet);
    if (end === 'Failed') return begin(key, entry, { waits: 'Pause', ms: pauseMs(entry.failures, random) });
    if (end !== 'Done') begin(key, entry, { waits: 'Later', ms: end.againInMs });
  };

  return {
    wake(key, urgency) {
      if (signal.aborted) return 'Later';
      const entry = entries.get(key) ?? newEntry(clock.monotonic());
      entries.set(key, entry);
      if (entry.state === 'Working') entry.isDirty = true;
      else if (entry.state === 'Idle' || entry.waits === 'Later' || (entry.waits === 'Pause' && urgency === 'Urgent')) {
        entry.pause.abort();
        begin(key, entry, quiet);
      }
      return entry.state === 'Waiting' && entry.waits === 'Quiet' ? 'Soon' : 'Later';
    },
    state() {
      const now = clock.monotonic();
      return [...entries].map(([key, { state, failures, since, next }]) => ({
        ...{ key, state, failures, sinceMs: now - since },
        ...(state === 'Waiting' ? { nextInMs: Math.max(0, next - now) } : {}),
      }));
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

const quiet = { waits: 'Quiet', ms: quietMs } as const;

function newEntry(now: number): Entry {
  return {
    state: 'Idle',
    since: now,
    next: now,
    failures: 0,
    waits: 'Quiet',
    isDirty: false,
    pause: new AbortController(),
  };
}

/** From half of it to all of it, so that many who failed together do not return together. */
function pauseMs(failures: number, random: () => number): number {
  const whole = Math.min(backoff.capMs, backoff.firstMs * 2 ** (failures - 1));
  return whole * (0.5 + random() / 2);
}
