import type { IncomingMessage } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, connect as dial } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { connect } from '../connect.ts';
import { acceptSocket, channelMessage, closeMessage } from '../testing/channel-socket.ts';
import { createFake } from '../testing/fake.ts';
import { testPorts } from '../testing/ports.ts';
import { answer, startScripted, statusBody } from '../testing/scripted-server.ts';
import { getThroughPod } from './http-over-forward.ts';

const pod = { namespace: 'a', name: 'p' };

/** The payload of a client-to-server message of up to 125 bytes, unmasked. */
function payload(frame: Buffer): number[] {
  const length = (frame[1] ?? 0) & 0x7f;
  return [...frame.subarray(6, 6 + length)].map((byte, index) => byte ^ (frame[2 + (index % 4)] ?? 0));
}

const port80 = Uint8Array.of(80, 0);

/** Accepts the upgrade and sends the port on both channels, as a kubelet does. */
function accept(request: IncomingMessage, socket: Duplex): void {
  acceptSocket(request, socket);
  socket.write(Buffer.concat([channelMessage(0, port80), channelMessage(1, port80)]));
}

async function readAll(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

describe('a connection to a port of a pod', () => {
  test('carries bytes both ways over the channel protocol', async () => {
    const requests: IncomingMessage[] = [];
    const got: number[][] = [];
    await using server = await startScripted((_request, response) => response.end(), {
      onUpgrade: (request, socket) => {
        requests.push(request);
        accept(request, socket);
        socket.once('data', (frame: Buffer) => {
          got.push(payload(frame));
          socket.write(channelMessage(0, 'pong'));
          socket.end(closeMessage);
        });
      },
    });
    const token = { kind: 'Text', text: 't' } as const;
    await using client = await connect({ ...server.access, token }, { ...testPorts, cluster: 'west' });
    const stream = await client.forward(pod, 80);
    stream.end('ping');
    expect(await readAll(stream)).toBe('pong');
    expect(got).toEqual([[0, ...Buffer.from('ping')]]);
    expect(requests[0]?.url).toBe('/api/v1/namespaces/a/pods/p/portforward?ports=80');
    expect(requests[0]?.headers.authorization).toBe('Bearer t');
  });

  test('ends with what the error channel says', async () => {
    await using server = await startScripted((_request, response) => response.end(), {
      onUpgrade: (request, socket) => {
        accept(request, socket);
        socket.write(channelMessage(1, 'connection refused'));
      },
    });
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    const stream = await client.forward(pod, 80);
    await expect(readAll(stream)).rejects.toMatchObject({
      code: 'port-forward-failed',
      message: 'cluster west: port 80 of Pod a/p: connection refused',
    });
  });

  test('that brings more than anybody asks for is ended', async () => {
    const part = channelMessage(0, 'x'.repeat(8_000_000));
    await using server = await startScripted((_request, response) => response.end(), {
      onUpgrade: (request, socket) => {
        accept(request, socket);
        for (let sent = 0; sent < 11; sent += 1) socket.write(part);
      },
    });
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    const stream = await client.forward(pod, 80);
    await expect(readAll(stream)).rejects.toMatchObject({
      code: 'port-forward-failed',
      message: 'cluster west: port 80 of Pod a/p: more than 80 MB came',
    });
  });

  test.each([
    [403, 'access-denied', 'get and to create pods/portforward'],
    [404, 'not-found', 'because'],
    [400, 'port-forward-failed', 'did not connect'],
  ])('that is refused with %i is %s', async (status, code, words) => {
    await using server = await startScripted(
      (_request, response) => answer(response, status, statusBody(status, { message: 'because' })),
      { onUpgrade: (_request, socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`) },
    );
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    await expect(client.forward(pod, 80)).rejects.toMatchObject({
      code,
      cluster: 'west',
      message: expect.stringContaining(words),
    });
  });
});

describe('an HTTP request through a pod', () => {
  const objects = [{ apiVersion: 'v1', kind: 'Pod', metadata: pod }];

  test('gives status and body', async () => {
    const web = createHttpServer((request, response) => {
      response.writeHead(418);
      response.end(`${request.method} ${request.url} ${request.headers.host}`);
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as AddressInfo;
    await using client = createFake({ objects, forward: () => dial(port, '127.0.0.1') });
    const result = await getThroughPod(client, { ...pod, port: 15014, path: '/debug/syncz?x=1' });
    expect(result).toEqual({ status: 418, body: 'GET /debug/syncz?x=1 localhost:15014' });
    web.close();
  });

  test('to a port that closes at once is port-forward-failed', async () => {
    const silent = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    await using client = createFake({ objects, forward: () => dial(port, '127.0.0.1') });
    await expect(getThroughPod(client, { ...pod, port: 1, path: '/' })).rejects.toMatchObject({
      code: 'port-forward-failed',
      cluster: 'west',
    });
    silent.close();
  });

  test('that is answered with a change of protocol has an end', async () => {
    const changing = createServer((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    );
    await new Promise<void>((resolve) => changing.listen(0, '127.0.0.1', resolve));
    const { port } = changing.address() as AddressInfo;
    await using client = createFake({ objects, forward: () => dial(port, '127.0.0.1') });
    await expect(getThroughPod(client, { ...pod, port: 1, path: '/' })).rejects.toMatchObject({
      code: 'port-forward-failed',
    });
    changing.close();
  });

  test('that is given up is cancelled', async () => {
    const ending = new AbortController();
    const silent = createServer(() => ending.abort());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    await using client = createFake({ objects, forward: () => dial(port, '127.0.0.1') });
    const request = getThroughPod(client, { ...pod, port: 1, path: '/', signal: ending.signal });
    await expect(request).rejects.toMatchObject({ code: 'cancelled' });
    silent.close();
  });
});
