/**
 * A small book shop of four services; the first argument says which one this process is. productpage calls details and
 * reviews, reviews calls ratings from v2 on. Every answer says who gave it, and productpage says what was missing
 * instead of failing with it.
 *
 * Environment: VERSION, POD_NAME, CLUSTER (else the node's name without `-node`), PORT (9080), and DETAILS_HOST,
 * REVIEWS_HOST, RATINGS_HOST where the others are not `details:9080` and so on.
 */
import { Agent, createServer, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { hostname } from 'node:os';

interface Answer {
  readonly status: number;
  readonly body: object;
}

type Role = (path: string, headers: IncomingHttpHeaders) => Promise<Answer>;

const environment = process.env;
const served = {
  version: environment.VERSION ?? 'v1',
  pod: environment.POD_NAME ?? hostname(),
  cluster: environment.CLUSTER ?? (environment.NODE_NAME ?? 'unknown').replace(/-node$/, ''),
};
const port = Number(environment.PORT ?? '9080');
const callTimeout = 3_000;

/** Headers that keep one request's calls together in traces and in header-based routes. */
const forwarded = ['x-request-id', 'traceparent', 'tracestate', 'end-user', 'user-agent'];
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

const roles: Readonly<Record<string, Role>> = { productpage, details, reviews, ratings };

async function productpage(path: string, headers: IncomingHttpHeaders): Promise<Answer> {
  if (!['/productpage', '/api/v1/products/0'].includes(path)) return notFound;
  const [details, reviews] = await Promise.all([
    call('details', '/details/0', headers),
    call('reviews', '/reviews/0', headers),
  ]);
  const missing = [details, reviews].flatMap((part) => ('error' in part ? [part] : []));
  return {
    status: 200,
    body: { service: 'productpage', ...served, id: 0, title: 'The Isthmus', details, reviews, missing },
  };
}

async function details(path: string): Promise<Answer> {
  if (path !== '/details/0') return notFound;
  return { status: 200, body: { service: 'details', ...served, id: 0, pages: 128, language: 'English' } };
}

async function reviews(path: string, headers: IncomingHttpHeaders): Promise<Answer> {
  if (path !== '/reviews/0') return notFound;
  const rated = served.version === 'v1' ? {} : { ratings: await call('ratings', '/ratings/0', headers) };
  const colour = { v2: 'black', v3: 'red' }[served.version];
  return {
    status: 200,
    body: {
      service: 'reviews',
      ...served,
      id: 0,
      reviews: ['Joins what the sea keeps apart.', 'Short, and long enough.'],
      ...(colour === undefined ? {} : { colour }),
      ...rated,
    },
  };
}

async function ratings(path: string): Promise<Answer> {
  if (path !== '/ratings/0') return notFound;
  return { status: 200, body: { service: 'ratings', ...served, id: 0, stars: [5, 4] } };
}

const notFound: Answer = { status: 404, body: { error: 'not found', ...served } };

/** The other service's answer, or what kept it from answering. */
async function call(service: string, path: string, headers: IncomingHttpHeaders): Promise<object> {
  const host = environment[`${service.toUpperCase()}_HOST`] ?? `${service}:9080`;
  const passed = Object.fromEntries(forwarded.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
  try {
    const { status, text } = await fetchText(`http://${host}${path}`, passed);
    if (status !== 200) return { service, error: `status ${status}: ${text.slice(0, 200).trim()}` };
    return JSON.parse(text) as object;
  } catch (error) {
    return { service, error: error instanceof Error ? error.message : String(error) };
  }
}

/** node:http and not fetch: half the memory of a process that does little else. */
async function fetchText(url: string, headers: IncomingHttpHeaders): Promise<{ status: number; text: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent, headers, signal: AbortSignal.timeout(callTimeout) }, resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}

const role = roles[process.argv[2] ?? ''];
if (role === undefined) {
  console.error(`usage: bookinfo.ts ${Object.keys(roles).join('|')}`);
  process.exit(2);
}

// Sidecars keep idle connections: closing one loses the request that comes on it just then.
const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const { status, body } = path === '/health' ? { status: 200, body: served } : await role(path, request.headers);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
});

server.listen(port, () => console.log('listening on', server.address()));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
