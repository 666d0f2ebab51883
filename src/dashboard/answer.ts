import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Entry } from './entry.ts';
import { topicsOf } from './feed.ts';
import { fileAt, type PageFiles } from './files.ts';
import { refusalOf } from './guard.ts';
import { guardingHeaders, neverStored, storedForever } from './headers.ts';
import type { Looking, Looks } from './looking.ts';
import { type About, paths } from './messages.ts';
import type { Moments } from './moments.ts';
import { questions } from './questions.ts';
import { stream } from './stream.ts';
import { problemOf, shownReport } from './words.ts';

export interface Answering {
  readonly port: number;
  readonly entry: Entry;
  readonly files: PageFiles;
  readonly about: About;
  readonly looks: Looks;
  readonly looking: Looking;
  readonly moments: Moments;
}

/** The longest body that is read: a key has 43 characters. */
const longestKey = 200;

/** Answers one request; what may not be answered is refused before anything is read of the mesh. */
export async function answer(request: IncomingMessage, response: ServerResponse, answering: Answering): Promise<void> {
  for (const [name, value] of Object.entries(guardingHeaders)) response.setHeader(name, value);
  const { pathname: path, searchParams } = addressOf(request);
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  const asked = { method: request.method ?? '', path, host, origin, site: typeof site === 'string' ? site : undefined };
  const refusal = refusalOf(asked, answering.port);
  if (refusal !== undefined) return plain(response, refusal.status, refusal.why);
  if (path === paths.entry) return await letIn(request, response, answering);
  if (!path.startsWith('/api/')) return sendFile(response, path, answering.files);
  if (!answering.entry.admits(request.headers.cookie)) return plain(response, 401, 'open the link of the command');
  return await api(request, response, { path, query: searchParams, answering });
}

function addressOf({ url = '/' }: IncomingMessage): URL {
  return URL.parse(url, 'http://127.0.0.1') ?? new URL('http://127.0.0.1/');
}

async function letIn(request: IncomingMessage, response: ServerResponse, { entry }: Answering): Promise<void> {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!(length <= longestKey)) return plain(response, 403, 'this is no key');
  const cookie = entry.redeem(await text(request));
  if (cookie === undefined) return plain(response, 403, 'this link was used, or is of another process');
  response.setHeader('set-cookie', cookie);
  response.writeHead(204, { 'cache-control': neverStored }).end();
}

function sendFile(response: ServerResponse, path: string, files: PageFiles): void {
  const file = fileAt(path, files);
  if (file === undefined) {
    plain(response, 404, 'not found');
    return;
  }
  const stored = file.isHashed ? storedForever : neverStored;
  response.writeHead(200, { 'content-type': file.type, 'cache-control': stored }).end(file.content);
}

interface ApiRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly answering: Answering;
}

async function api(request: IncomingMessage, response: ServerResponse, asked: ApiRequest): Promise<void> {
  const { path, query, answering } = asked;
  const { about, looks, looking, moments } = answering;
  if (path === paths.about) return json(response, 200, about);
  if (path === paths.events) {
    const topics = topicsOf(query.get('topics') ?? '');
    stream(response, { topics, lastId: lastIdOf(request, query) }, looking);
    for (const topic of topics) looks.start(topic);
    return;
  }
  if (path === paths.facts) return await sendFacts(response, looking);
  const ask = Object.hasOwn(questions, path) ? questions[path] : undefined;
  if (ask === undefined) return plain(response, 404, 'not found');
  const { session, wording, options } = looking;
  try {
    json(response, 200, shownReport(await ask({ session, moments, options }, query), wording));
  } catch (thrown) {
    json(response, 422, problemOf(thrown, wording));
  }
}

/** What a browser has that comes back; the address holds what a page has that wants other topics than before. */
function lastIdOf({ headers }: IncomingMessage, query: URLSearchParams): string | undefined {
  const lastId = headers['last-event-id'];
  return typeof lastId === 'string' ? lastId : (query.get('has') ?? undefined);
}

/** What the model of the page answers from. Its words are made visible where they are shown. */
async function sendFacts(
  response: ServerResponse,
  { session, wording, options: { timeoutMs } }: Looking,
): Promise<void> {
  try {
    json(response, 200, await session.facts({ timeoutMs }));
  } catch (thrown) {
    json(response, 422, problemOf(thrown, wording));
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': neverStored });
  response.end(JSON.stringify(value));
}

function plain(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': neverStored });
  response.end(`${words}\n`);
}
