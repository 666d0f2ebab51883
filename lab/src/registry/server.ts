import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { blobPath } from '../images/blob.ts';
import { manifestType, type NamedManifest, readLayout } from '../images/layout.ts';
import { parseImageName, parseRoute } from './route.ts';

export interface RegistryOptions {
  /** OCI layouts; the first that knows a name or a digest answers. They are read again for every request. */
  readonly layouts: readonly string[];
  /** Address and port to listen on; port 0 takes a free one. */
  readonly address: string;
  readonly port: number;
  /** Ends the registry. */
  readonly signal: AbortSignal;
}

export interface Registry {
  /** Where it listens, e.g. `http://198.19.0.254:5000`. */
  readonly url: string;
  /** Resolves when the registry has ended. */
  readonly ended: Promise<void>;
}

/** A registry that is only read, over the layouts that the lab has built. Resolves when it listens. */
export async function runRegistry(options: RegistryOptions): Promise<Registry> {
  const server = createServer((request, response) => {
    answer(options.layouts, request, response).catch(() => response.destroy());
  });
  server.listen(options.port, options.address);
  await once(server, 'listening');
  const ended = once(server, 'close').then(() => undefined);
  const end = (): void => {
    server.close();
    server.closeAllConnections();
  };
  if (options.signal.aborted) end();
  else options.signal.addEventListener('abort', end, { once: true });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${options.address}:${port}`, ended };
}

async function answer(layouts: readonly string[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(response, { status: 405, code: 'UNSUPPORTED', message: 'this registry is only read' });
    return;
  }
  const url = new URL(request.url ?? '/', 'http://registry');
  const route = parseRoute(url.pathname);
  switch (route.kind) {
    case 'version':
      response.writeHead(200, {
        'content-type': 'application/json',
        'docker-distribution-api-version': 'registry/2.0',
      });
      response.end('{}');
      return;
    case 'manifest': {
      // `ns` tells a mirror which registry is meant; without it any registry's image of that name will do.
      const found = await findManifest(layouts, { ...route, registry: url.searchParams.get('ns') ?? undefined });
      if (found === undefined) {
        const message = `${route.repository}:${route.reference} is not an image of this lab`;
        refuse(response, { status: 404, code: 'MANIFEST_UNKNOWN', message });
        return;
      }
      await sendBlob(request, response, { ...found, type: manifestType });
      return;
    }
    case 'blob': {
      const found = await findBlob(layouts, route.digest);
      if (found === undefined) {
        refuse(response, { status: 404, code: 'BLOB_UNKNOWN', message: `no blob ${route.digest}` });
        return;
      }
      await sendBlob(request, response, { ...found, type: 'application/octet-stream' });
      return;
    }
    case 'unknown':
      refuse(response, { status: 404, code: 'NAME_UNKNOWN', message: `nothing at ${url.pathname}` });
  }
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

interface StoredBlob {
  readonly layout: string;
  readonly digest: string;
  readonly size: number;
}

interface ManifestQuery {
  readonly registry: string | undefined;
  readonly repository: string;
  readonly reference: string;
}

async function findManifest(layouts: readonly string[], query: ManifestQuery): Promise<StoredBlob | undefined> {
  for (const layout of layouts) {
    const manifest = (await readLayout(layout)).find((entry) => names(entry, query));
    if (manifest !== undefined) return { layout, digest: manifest.digest, size: manifest.size };
  }
  return undefined;
}

function names(manifest: NamedManifest, query: ManifestQuery): boolean {
  const name = parseImageName(manifest.name);
  if (name === undefined || name.repository !== query.repository) return false;
  if (query.registry !== undefined && query.registry !== name.registry) return false;
  return query.reference === name.tag || query.reference === manifest.digest;
}

async function findBlob(layouts: readonly string[], digest: string): Promise<StoredBlob | undefined> {
  for (const layout of layouts) {
    const found = await stat(blobPath(layout, digest)).catch(() => undefined);
    if (found !== undefined) return { layout, digest, size: found.size };
  }
  return undefined;
}

async function sendBlob(
  request: IncomingMessage,
  response: ServerResponse,
  blob: StoredBlob & { readonly type: string },
): Promise<void> {
  response.writeHead(200, {
    'content-type': blob.type,
    'content-length': blob.size,
    'docker-content-digest': blob.digest,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(createReadStream(blobPath(blob.layout, blob.digest), { highWaterMark: 1 << 20 }), response);
}
