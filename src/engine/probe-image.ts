import { sourceImage } from '../base/source-image.ts';
import type { WebCrypto } from '../pki/environment.ts';
import type { EnginePorts } from './ports.ts';

/** The image that throw-away pods run: the one that was named, that of this build, or the one that is made from the source. */
export function probeImageOf(
  named: string | undefined,
  { version, image }: Pick<EnginePorts, 'version' | 'image'>,
): string {
  return named ?? image ?? sourceImage(version);
}

const labelBytes = 4;

/** A random DNS label that tells the throw-away objects of one run from those of others. */
export function randomLabel(crypto: WebCrypto): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(labelBytes))).toString('hex');
}
