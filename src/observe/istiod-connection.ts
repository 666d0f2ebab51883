import { connect, type TLSSocket } from 'node:tls';
import { istiodName } from '../istio/names.ts';
import type { IstiodPlace } from './istiod.ts';

export interface IstiodPort {
  readonly pod: string;
  readonly port: number;
  /** What is spoken on it; left out, nothing is. */
  readonly protocol?: 'h2';
}

/**
 * A TLS connection to one istiod, through the API server. Nothing secret is to be sent over it, and nothing that comes
 * from it is believed for its certificate's sake: whoever serves the API server decides what is at the other end.
 */
export async function connectToIstiod(
  { client, namespace }: IstiodPlace,
  { pod, port, protocol }: IstiodPort,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const connection = await client.forward({ namespace, name: pod }, port, { signal });
  const secure = connect({
    socket: connection,
    servername: `${istiodName}.${namespace}.svc`,
    rejectUnauthorized: false,
    ...(protocol === undefined ? {} : { ALPNProtocols: [protocol] }),
  });
  secure.on('close', () => connection.destroy());
  signal.addEventListener('abort', () => secure.destroy(new Error('timed out')), { once: true });
  return await new Promise((resolve, reject) => {
    secure.on('error', reject);
    secure.on('close', () => reject(new Error('the connection was closed')));
    secure.on('secureConnect', () => resolve(secure));
  });
}
