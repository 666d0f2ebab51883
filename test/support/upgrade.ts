import type { ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';

/** Joins a connection that asked for another protocol to the request that was sent on for it; what ends one ends both. */
export function passUpgradeOn(near: Duplex, onward: ClientRequest): void {
  near.on('error', () => onward.destroy());
  onward.on('error', () => near.destroy());
  onward.on('response', () => near.destroy());
  onward.on('upgrade', (response, far, head) => {
    const fields = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    near.write(`HTTP/1.1 ${response.statusCode} Switching Protocols\r\n${fields.join('')}\r\n`);
    near.write(head);
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
    near.pipe(far).pipe(near);
  });
  onward.end();
}
