import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { Feed, FeedEvent } from './feed.ts';
import type { Topic } from './messages.ts';

/** How often a stream that has nothing to say shows that it lives, in milliseconds. */
export const beatMs = 10_000;

export interface Streaming {
  readonly feed: Feed;
  readonly clock: Clock;
  /** Ends every stream. */
  readonly signal: AbortSignal;
}

export interface StreamOptions {
  readonly topics: ReadonlySet<Topic>;
  /** `Last-Event-ID` */
  readonly lastId: string | undefined;
}

/** Sends what a feed holds and what comes, as server-sent events, until the reader leaves. */
export function stream(response: ServerResponse, { topics, lastId }: StreamOptions, streaming: Streaming): void {
  const { feed, signal } = streaming;
  const left = new AbortController();
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 1000\n\n');
  const stop = feed.listen(topics, lastId, (event) => response.write(eventText(event)));
  const end = (): void => {
    if (!response.writableEnded) response.end();
  };
  response.on('close', () => {
    stop();
    signal.removeEventListener('abort', end);
    left.abort();
  });
  signal.addEventListener('abort', end);
  void beat(response, streaming, left.signal);
}

function eventText({ id, topic, name, look }: FeedEvent): string {
  const data = name === 'look' ? look : { readAt: look.readAt };
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify({ topic, ...data })}\n\n`;
}

async function beat(response: ServerResponse, { clock, signal }: Streaming, left: AbortSignal): Promise<void> {
  const ends = AbortSignal.any([signal, left]);
  while (!ends.aborted) {
    await clock.sleep(beatMs, ends).catch(() => undefined);
    if (!ends.aborted) response.write('event: beat\ndata: {}\n\n');
  }
}
