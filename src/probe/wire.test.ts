import 'reflect-metadata';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../base/system-clock.ts';
import { parseReachLines, runReach } from './reach.ts';
import { nodeWire } from './wire.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function listening(server: Server): Promise<number> {
  servers.push(server);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

function pem(label: string, der: ArrayBuffer): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;
}

interface Presented {
  readonly key: string;
  readonly cert: string;
}

async function selfSigned(name: x509.JsonGeneralName): Promise<Presented> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'O=test root',
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([name])],
  });
  const key = pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { key, cert: certificate.toString('pem') };
}

async function tlsServer(spiffeId: string): Promise<Server> {
  const own = await selfSigned({ type: 'url', value: spiffeId });
  const server = createTlsServer({ ...own, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['istio'] });
  server.on('tlsClientError', () => undefined);
  return server;
}

const changeOfProtocol = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';

const target = { address: '127.0.0.1', serverName: 'outbound_.80_._.only-east.ns.svc.cluster.local', timeoutMs: 2000 };

test('a GET carries the Host header and gives status and body', async () => {
  const port = await listening(
    createHttpServer((request, response) => response.writeHead(201).end(request.headers.host)),
  );
  const answer = await nodeWire.get({ address: '127.0.0.1', port, path: '/', host: 'only-east', timeoutMs: 2000 });
  expect(answer).toEqual({ status: 201, body: 'only-east' });
});

test('a GET that gets no answer rejects with its limit', async () => {
  const port = await listening(createServer());
  await expect(nodeWire.get({ address: '127.0.0.1', port, path: '/', timeoutMs: 30 })).rejects.toThrow(
    'no answer within 30 ms',
  );
});

test('a GET that is answered with a change of protocol rejects', async () => {
  const changing = createServer((socket) => socket.write(changeOfProtocol));
  const port = await listening(changing);
  await expect(nodeWire.get({ address: '127.0.0.1', port, path: '/', timeoutMs: 60_000 })).rejects.toThrow(
    'the server changed the protocol',
  );
});

test('an API server that changes the protocol is reached', async () => {
  const own = await selfSigned({ type: 'ip', value: '127.0.0.1' });
  const port = await listening(createTlsServer(own, (socket) => socket.write(changeOfProtocol)));
  const written: string[] = [];
  const target = { cluster: 'apac', server: `https://127.0.0.1:${port}`, certificateAuthority: own.cert };
  await runReach({
    plan: { targets: [target] },
    clock: systemClock,
    write: (line) => written.push(line),
    signal: new AbortController().signal,
  });
  expect(parseReachLines(written.join('\n'))).toEqual([
    { type: 'reach', cluster: 'apac', outcome: 'Reached', detail: 'HTTP 101' },
  ]);
});

test('a handshake shows the certificate of a server that wants one of ours', async () => {
  const peer = 'spiffe://cluster.local/ns/ns/sa/server-east';
  const port = await listening(await tlsServer(peer));
  expect(await nodeWire.dial({ ...target, port })).toEqual({
    address: '127.0.0.1',
    port,
    tcp: 'Connected',
    tls: 'Handshake',
    peer,
    issuer: 'test root',
  });
});

test('a peer that closes or stays silent is distinguished from one that refuses', async () => {
  const closing = await listening(createServer((socket) => socket.destroy()));
  expect(await nodeWire.dial({ ...target, port: closing })).toMatchObject({ tcp: 'Connected', tls: 'Closed' });
  const silent = await listening(createServer((socket) => socket.on('error', () => undefined)));
  expect(await nodeWire.dial({ ...target, port: silent, timeoutMs: 50 })).toMatchObject({
    tcp: 'Connected',
    tls: 'Timeout',
  });
  const free = createServer();
  const port = await listening(free);
  await new Promise((resolve) => free.close(resolve));
  expect(await nodeWire.dial({ ...target, port })).toMatchObject({ tcp: 'Refused', tls: 'None' });
});

test('localhost resolves', async () => {
  expect(['127.0.0.1', '::1']).toContain(await nodeWire.resolve('localhost'));
});
