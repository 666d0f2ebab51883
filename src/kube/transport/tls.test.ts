import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcp, connect as dial, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../base/json.ts';
import type { ClusterAccess } from '../access/access.ts';
import { connect } from '../connect.ts';
import { testPorts } from '../testing/ports.ts';
import { accessTo } from '../testing/scripted-server.ts';

const token = 'the-t0ken';
const password = 'pr0xy-password';
const open: (Server | TcpServer)[] = [];
let pair: { readonly key: string; readonly cert: string };

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-tls-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const self = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const named = ['-subj', '/CN=api', '-addext', 'subjectAltName=DNS:api.example'];
  execFileSync('openssl', [...self, ...named, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  for (const server of open.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});
afterAll(() => {
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
});

interface Seen {
  readonly url: string;
  readonly arrived: (string | undefined)[];
}

async function listening<T extends Server | TcpServer>(server: T): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** An API server behind TLS for `api.example`; `arrived` has the authorization of each request. */
async function startServer(options: ServerOptions = {}, location?: string): Promise<Seen> {
  const arrived: (string | undefined)[] = [];
  const server = createServer({ ...pair, ...options }, (request, response) => {
    arrived.push(request.headers.authorization);
    const protocol = (request.socket as TLSSocket).getProtocol();
    if (location !== undefined) response.writeHead(302, { location }).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ protocol }));
  });
  return { url: `https://127.0.0.1:${await listening(server)}`, arrived };
}

/** What a request with a token ends with. */
async function ask(url: string, more: Partial<ClusterAccess> = {}): Promise<Json> {
  const access: ClusterAccess = { ...accessTo(url), token: { kind: 'Text', text: token }, ...more };
  await using client = await connect(access, { ...testPorts, cluster: 'west' });
  return await client.raw({ method: 'GET', path: '/version' });
}

/** The error of a request that must not succeed, without any secret in it. */
async function refusal(asked: Promise<Json>): Promise<string> {
  const error: unknown = await asked.then(
    (answer) => Promise.reject(new Error(`it was answered: ${JSON.stringify(answer)}`)),
    (reason: unknown) => reason,
  );
  expect(error).toHaveProperty('code');
  const { code, message } = error as { code: string; message: string };
  expect(message).not.toContain(token);
  expect(message).not.toContain(password);
  return `${code}: ${message}`;
}

const trusted = (): Partial<ClusterAccess> => ({
  authority: { kind: 'Text', text: pair.cert },
  tlsServerName: 'api.example',
});

describe('a server gets credentials', () => {
  test('where its certificate is of the authority and the name of the kubeconfig', async () => {
    const { url, arrived } = await startServer();
    expect(await ask(url, trusted())).toEqual({ protocol: 'TLSv1.3' });
    expect(arrived).toEqual([`Bearer ${token}`]);
  });

  test('and not of an authority that nobody knows, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    const { url, arrived } = await startServer();
    expect(await refusal(ask(url))).toMatch(/^cluster-unreachable/);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    expect(await refusal(ask(url))).toMatch(/^cluster-unreachable/);
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    expect(arrived).toEqual([]);
  });

  test('and not under another name', async () => {
    const { url, arrived } = await startServer();
    expect(await refusal(ask(url, { authority: { kind: 'Text', text: pair.cert } }))).toMatch(/^cluster-unreachable/);
    expect(await refusal(ask(url, { ...trusted(), tlsServerName: 'other.example' }))).toMatch(/^cluster-unreachable/);
    expect(arrived).toEqual([]);
  });

  test('and not over TLS 1.1, even where nothing is checked', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const { url, arrived } = await startServer(old);
    expect(await refusal(ask(url, { skipVerification: true }))).toMatch(/^cluster-unreachable/);
    expect(arrived).toEqual([]);
  });

  test('and no other to which it redirects', async () => {
    const other = await startServer();
    const { url, arrived } = await startServer({}, `${other.url}/stolen`);
    await refusal(ask(url, trusted()));
    expect(arrived).toEqual([`Bearer ${token}`]);
    expect(other.arrived).toEqual([]);
  });
});

describe('a proxy', () => {
  /** Carries connections through, and keeps what its own peer says. */
  async function startProxy(): Promise<{ readonly proxy: string; readonly told: string[] }> {
    const told: string[] = [];
    const server = createTcp((client) => {
      client.once('data', (bytes: Buffer) => {
        const head = bytes.toString('latin1');
        told.push(head);
        const port = Number(/^CONNECT 127\.0\.0\.1:(\d+) /.exec(head)?.[1]);
        const upstream = dial(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
        upstream.pipe(client).pipe(upstream);
        upstream.on('error', () => client.destroy());
        client.on('error', () => upstream.destroy());
        client.on('close', () => upstream.destroy());
      });
      client.on('error', () => client.destroy());
    });
    return { proxy: `http://me:${password}@127.0.0.1:${await listening(server)}`, told };
  }

  test('sees where a request goes and nothing of it', async () => {
    const { url, arrived } = await startServer();
    const { proxy, told } = await startProxy();
    expect(await ask(url, { ...trusted(), proxy })).toEqual({ protocol: 'TLSv1.3' });
    expect(arrived).toEqual([`Bearer ${token}`]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^CONNECT 127\.0\.0\.1:\d+ HTTP\/1\.1\r\n/);
    expect(told[0]).not.toContain(token);
  });

  test('does not make a server trusted', async () => {
    const { url, arrived } = await startServer();
    const { proxy } = await startProxy();
    expect(await refusal(ask(url, { proxy }))).toMatch(/^cluster-unreachable/);
    expect(arrived).toEqual([]);
  });

  test.each(['https', 'socks5'])(
    'of the kind %s that does not answer ends the request, without its password',
    async (scheme) => {
      const { url, arrived } = await startServer();
      await refusal(ask(url, { ...trusted(), proxy: `${scheme}://me:${password}@127.0.0.1:1` }));
      expect(arrived).toEqual([]);
    },
  );
});
