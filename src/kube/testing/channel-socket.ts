import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A message of a kubelet to a client (RFC 6455): binary, final; its first byte names the channel. */
export function channelMessage(channel: number, payload: string | Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.of(channel), Buffer.from(payload)]);
  return Buffer.concat([Buffer.of(0x82), lengthOf(bytes.length), bytes]);
}

function lengthOf(length: number): Buffer {
  if (length < 126) return Buffer.of(length);
  if (length <= 0xffff) return Buffer.of(126, length >> 8, length & 255);
  const long = Buffer.alloc(9, 127);
  long.writeBigUInt64BE(BigInt(length), 1);
  return long;
}

/** The end of all messages. */
export const closeMessage = Buffer.of(0x88, 0x00);

/** Accepts the upgrade that a client asked for. */
export function acceptSocket({ headers }: IncomingMessage, socket: Duplex): void {
  const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  socket.on('error', () => undefined);
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}\r\n` +
      `Sec-WebSocket-Protocol: ${headers['sec-websocket-protocol']}\r\n\r\n`,
  );
}
