import { createHash } from 'node:crypto';
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

interface Listening {
  readonly wanted: ReadonlySet<Topic>;
  /** Which versions it has by now: what it was not sent, it does not have. */
  readonly had: Map<Topic, number>;
  readonly hear: Listener;
}

/** The newest look of each topic. Who comes back with the id of the last event hears only what has changed since. */
export class Feed {
  /** Another process has other versions. */
  readonly #process: string;
  readonly #entries = new Map<Topic, Entry>();
  readonly #listeners = new Set<Listening>();

  constructor(process: string) {
    this.#process = process;
  }

  /** Keeps what was seen; a problem leaves the last report in its place, so that its age is known. */
  put(topic: Topic, seen: Look): void {
    const before = this.#entries.get(topic);
    const look = seen.shown === undefined && before !== undefined ? { ...before.look, problem: seen.problem } : seen;
    const compared = comparedBy(look);
    const version = before?.compared === compared ? before.version : (before?.version ?? 0) + 1;
    this.#entries.set(topic, { version, look, compared });
    for (const listening of this.#listeners) this.#tell(listening, topic);
  }

  /** Tells a listener what it does not have, and what comes, until the function that it gives is called. */
  listen(wanted: ReadonlySet<Topic>, lastId: string | undefined, listener: Listener): () => void {
    const listening = { wanted, had: new Map(versionsOf(lastId, this.#process)), hear: listener };
    for (const topic of this.#entries.keys()) this.#tell(listening, topic);
    this.#listeners.add(listening);
    return () => this.#listeners.delete(listening);
  }

  /** Whether a report of a topic was read. */
  has(topic: Topic): boolean {
    return this.#entries.get(topic)?.look.shown !== undefined;
  }

  /** Whether anybody hears of a topic. */
  isWanted(topic: Topic): boolean {
    return [...this.#listeners].some(({ wanted }) => wanted.has(topic));
  }

  #tell({ wanted, had, hear }: Listening, topic: Topic): void {
    const entry = this.#entries.get(topic);
    if (entry === undefined || !wanted.has(topic)) return;
    const name = had.get(topic) === entry.version ? 'seen' : 'look';
    had.set(topic, entry.version);
    const versions = [...had].map(([one, version]) => `${one}=${version}`);
    hear({ id: [this.#process, ...versions].join(' '), topic, name, look: entry.look });
  }
}

function versionsOf(lastId: string | undefined, process: string): ReadonlyMap<Topic, number> {
  const [of, ...texts] = (lastId ?? '').split(' ');
  if (of !== process) return new Map();
  const versions = new Map(
    texts.map((text) => text.split('=')).map(([topic = '', version]) => [topic, Number(version)]),
  );
  return new Map(topics.flatMap((topic) => (versions.has(topic) ? [[topic, versions.get(topic) ?? 0] as const] : [])));
}

/** Of everything but the times at which it was seen. A digest: the text of fifty clusters would be kept twice. */
function comparedBy({ shown, problem }: Look): string {
  const isTime = (key: string): boolean => key === 'readAt' || key === 'at';
  const text = JSON.stringify([shown, problem], (key, value) => (isTime(key) ? undefined : value));
  return createHash('sha256').update(text).digest('base64');
}

/** Those of the words that are topics. */
export function topicsOf(text: string): ReadonlySet<Topic> {
  const words = text.split(',');
  return new Set(topics.filter((topic) => words.includes(topic)));
}
