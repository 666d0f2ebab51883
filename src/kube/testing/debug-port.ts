import { createServer } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';

/** The port of a pod, such as an istiod's, that answers each of its pages with what a test lets it say. */
export function debugPort(pages: (path: string) => unknown): Duplex {
  const [client, server] = duplexPair();
  createServer(async (request, response) => response.end(JSON.stringify(await pages(request.url ?? '')))).emit(
    'connection',
    server,
  );
  return client;
}
