import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { IsthmusError } from '../../../src/base/error.ts';

/** What stands for a workload's own certificate, as PEM. */
export interface WorkloadKeys {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const path = '/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets';
const secretType = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** A number in the base-128 form of Protocol Buffers. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Buffer.from([...bytes, rest]);
}

/** A field of a message: text, or another message. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** The texts of one field of a message that has nothing but texts, messages and small numbers. */
function textsOf(message: Buffer, wanted: number): string[] {
  const texts: string[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = message[at];
      if (byte === undefined) throw new IsthmusError('unexpected-response', 'a discovery request ends too early');
      at += 1;
      value += (byte % 0x80) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = next();
    const length = next();
    if (tag % 8 !== 2) continue;
    if (tag === wanted * 8 + 2) texts.push(message.toString('utf8', at, at + length));
    at += length;
  }
  return texts;
}

/** Field numbers of envoy/service/discovery/v3/discovery.proto and envoy/extensions/transport_sockets/tls/v3. */
const request = { resourceNames: 3, nonce: 5 } as const;
const response = { version: 1, resources: 2, type: 4, nonce: 5 } as const;
const any = { type: 1, value: 2 } as const;
const secret = { name: 1, certificate: 2, validation: 4 } as const;
const inlineText = 3;

function secretOf(name: string, { authority, certificate, key }: WorkloadKeys): Buffer {
  const pem = (number: number, text: string): Buffer => field(number, field(inlineText, text));
  const isAuthority = name === 'ROOTCA' || name.startsWith('file-root:') || name.endsWith('-cacert');
  const content = isAuthority
    ? field(secret.validation, pem(1, authority))
    : field(secret.certificate, Buffer.concat([pem(1, certificate), pem(2, key)]));
  return Buffer.concat([field(secret.name, name), content]);
}

function responseTo(names: readonly string[], keys: WorkloadKeys): Buffer {
  const resources = names.map((name) =>
    field(response.resources, Buffer.concat([field(any.type, secretType), field(any.value, secretOf(name, keys))])),
  );
  const head = [field(response.version, '1'), field(response.type, secretType), field(response.nonce, '1')];
  return Buffer.concat([...head, ...resources]);
}

/** gRPC puts five bytes before a message: whether it is compressed, and its length. */
const prefixBytes = 5;

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function serve(stream: ServerHttp2Stream, keys: WorkloadKeys): void {
  stream.on('error', () => undefined);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
  let pending = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= prefixBytes && pending.length >= prefixBytes + pending.readUInt32BE(1)) {
      const end = prefixBytes + pending.readUInt32BE(1);
      const message = pending.subarray(prefixBytes, end);
      pending = pending.subarray(end);
      // With a nonce it answers what it was sent: there is never anything new.
      const isFirst = textsOf(message, request.nonce).length === 0;
      if (isFirst) stream.write(framed(responseTo(textsOf(message, request.resourceNames), keys)));
    }
  });
}

/**
 * What pilot-agent is to a real proxy: the place where Envoy gets its keys, without which a cluster with mutual TLS
 * never becomes ready. It answers on a Unix socket until it is closed.
 */
export async function startSecretServer(socket: string, keys: WorkloadKeys): Promise<Http2Server> {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    if (headers[':path'] === path) serve(stream, keys);
    else stream.close();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  return server;
}
