import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Json } from '../../base/json.ts';
import type { ClusterAccess } from '../access/access.ts';

/** One request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request; the index counts all requests from 0. */
export type Script = (request: Arrived, response: ServerResponse, index: number) => void;

/** A local HTTP server for tests, in the place of an API server. */
export interface ScriptedServer extends AsyncDisposable {
  readonly access: ClusterAccess;
  readonly arrived: readonly Arrived[];
}

export interface ScriptedOptions {
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex) => void;
}

export async function startScripted(script: Script, options: ScriptedOptions = {}): Promise<ScriptedServer> {
  const arrived: Arrived[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      const request: Arrived = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      arrived.push(request);
      script(request, response, arrived.length - 1);
    });
  });
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket) => {
    upgraded.add(socket);
    options.onUpgrade?.(request, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    access: accessTo(`http://127.0.0.1:${port}`),
    arrived,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An access without credentials. */
export function accessTo(server: string): ClusterAccess {
  return {
    origin: 'a test',
    server,
    authority: undefined,
    tlsServerName: undefined,
    skipVerification: false,
    proxy: undefined,
    certificate: undefined,
    privateKey: undefined,
    token: undefined,
    exec: undefined,
    impersonate: undefined,
  };
}

export function answer(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A meta/v1 Status. */
export function statusBody(code: number, fields: { readonly [key: string]: Json }): Json {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...fields };
}
