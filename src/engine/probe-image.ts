import type { WebCrypto } from '../pki/environment.ts';
import type { EnginePorts } from './ports.ts';

/** The image that throw-away pods run: the one that was named, or that of this version of Isthmus. */
export function probeImageOf(named: string | undefined, { version }: Pick<EnginePorts, 'version'>): string {
  return named ?? `docker.io/isthmus/isthmus:${version}`;
}

const labelBytes = 4;

/** A random DNS label that tells the throw-away objects of one run from those of others. */
export function randomLabel(crypto: WebCrypto): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(labelBytes))).toString('hex');
}
