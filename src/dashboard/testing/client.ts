import { type IncomingMessage, request } from 'node:http';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Dashboard } from '../run.ts';

/** Where a dashboard is, in this process or in another one. */
export type Address = Pick<Dashboard, 'port' | 'link'>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks like a program that sets every header as it likes. */
export async function ask({ port }: Pick<Address, 'port'>, path: string, question: Question = {}): Promise<Answer> {
  const response = await begin(port, path, question);
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: await text(response) };
}

async function begin(port: number, path: string, { method = 'GET', headers = {}, body }: Question) {
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, resolve);
    asking.once('error', reject);
    asking.end(body);
  });
}

/** Sends bytes as they are, which no client would, and gives the first line of the answer. */
export async function askRaw({ port }: Dashboard, head: string): Promise<string> {
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.end(head);
  return (await text(socket)).split('\r\n')[0] ?? '';
}

/** Exchanges the key of the link for the cookie, as the page does; gives the headers of a browser that is in. */
export async function enter(dashboard: Address): Promise<Readonly<Record<string, string>>> {
  const { origin, hash } = new URL(dashboard.link);
  const headers = { origin, 'sec-fetch-site': 'same-origin' };
  const answer = await ask(dashboard, '/entry', { method: 'POST', headers, body: hash.slice(1) });
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  return { cookie: cookie.split(';')[0] ?? '', 'sec-fetch-site': 'same-origin' };
}

export interface SentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly topic: string; readonly [field: string]: unknown };
}

/** Reads events of the stream until one of them is what is waited for; then leaves. */
export async function eventsUntil(
  { port }: Pick<Address, 'port'>,
  { topics, headers }: { readonly topics: string; readonly headers: Readonly<Record<string, string>> },
  isLast: (events: readonly SentEvent[]) => boolean,
): Promise<readonly SentEvent[]> {
  const response = await begin(port, `/api/events?topics=${topics}`, { headers });
  const events: SentEvent[] = [];
  let rest = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const event of blocks.flatMap(eventOf)) {
      events.push(event);
      if (!isLast(events)) continue;
      response.destroy();
      return events;
    }
  }
  return events;
}

function eventOf(block: string): readonly SentEvent[] {
  const fields = new Map(block.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]));
  const [id = '', event, data] = ['id', 'event', 'data'].map((name) => fields.get(name));
  if (event === undefined || data === undefined) return [];
  return [{ id, event, data: JSON.parse(data) as SentEvent['data'] }];
}
