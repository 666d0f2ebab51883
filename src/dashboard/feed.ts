import { type Look, type Topic, topics } from './messages.ts';

/** An event as it is sent: a look with its report, or that nothing has changed since. */
export interface FeedEvent {
  /** Which state a listener has when it has this event. */
  readonly id: string;
  readonly topic: Topic;
  readonly name: 'look' | 'seen';
  readonly look: Look;
}

interface Entry {
  readonly version: number;
  readonly look: Look;
  /** What decides whether something has changed. */
  readonly compared: string;
}

type Listener = (event: FeedEvent) => void;

/** The newest look of each topic. Who comes back with the id of the last event hears only what has changed since. */
export class Feed {
  /** Another process has other versions. */
  readonly #process: string;
  readonly #entries = new Map<Topic, Entry>();
  readonly #listeners = new Map<Listener, ReadonlySet<Topic>>();

  constructor(process: string) {
    this.#process = process;
  }

  /** Keeps what was seen; a problem leaves the last report in its place, so that its age is known. */
  put(topic: Topic, seen: Look): void {
    const before = this.#entries.get(topic);
    const look = seen.shown === undefined && before !== undefined ? { ...before.look, problem: seen.problem } : seen;
    const compared = comparedBy(look);
    const isSame = before?.compared === compared;
    const version = isSame ? before.version : (before?.version ?? 0) + 1;
    this.#entries.set(topic, { version, look, compared });
    for (const [listener, wanted] of this.#listeners) {
      if (wanted.has(topic)) listener(this.#event(topic, look, isSame ? 'seen' : 'look'));
    }
  }

  /** Tells a listener what it does not have, and what comes, until the function that it gives is called. */
  listen(wanted: ReadonlySet<Topic>, lastId: string | undefined, listener: Listener): () => void {
    const had = versionsOf(lastId, this.#process);
    for (const [topic, { look, version }] of this.#entries) {
      if (wanted.has(topic)) listener(this.#event(topic, look, had.get(topic) === version ? 'seen' : 'look'));
    }
    this.#listeners.set(listener, wanted);
    return () => this.#listeners.delete(listener);
  }

  /** Whether a report of a topic was read. */
  has(topic: Topic): boolean {
    return this.#entries.get(topic)?.look.shown !== undefined;
  }

  /** Whether anybody hears of a topic. */
  isWanted(topic: Topic): boolean {
    return [...this.#listeners.values()].some((wanted) => wanted.has(topic));
  }

  #event(topic: Topic, look: Look, name: FeedEvent['name']): FeedEvent {
    const versions = [...this.#entries].map(([one, { version }]) => `${one}=${version}`);
    return { id: [this.#process, ...versions].join(' '), topic, name, look };
  }
}

function versionsOf(lastId: string | undefined, process: string): ReadonlyMap<string, number> {
  const [of, ...versions] = (lastId ?? '').split(' ');
  if (of !== process) return new Map();
  return new Map(versions.map((text) => text.split('=')).map(([topic = '', version]) => [topic, Number(version)]));
}

/** Everything but the times at which it was seen. */
function comparedBy({ shown, problem }: Look): string {
  return JSON.stringify([shown, problem], (key, value) => (key === 'readAt' || key === 'at' ? undefined : value));
}

/** Those of the words that are topics. */
export function topicsOf(text: string): ReadonlySet<Topic> {
  const words = text.split(',');
  return new Set(topics.filter((topic) => words.includes(topic)));
}
