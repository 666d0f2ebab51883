import { type Certificate, isSameCertificate, isSignedBy } from './certificate.ts';
import type { WebCrypto } from './environment.ts';

/** More levels than any chain that is meant. */
const maxLevels = 8;

/** From a certificate to a root, both included, each signed by the next. */
export type Chain = readonly Certificate[];

export interface ChainParts {
  readonly between: readonly Certificate[];
  readonly roots: readonly Certificate[];
}

/**
 * The chain from a certificate to one of the roots; undefined where none leads there.
 * Only names and signatures are compared: validity, CA flags and path lengths are checks of their own.
 */
export async function findChain(
  crypto: WebCrypto,
  certificate: Certificate,
  parts: ChainParts,
): Promise<Chain | undefined> {
  const isRoot = (one: Certificate): boolean => parts.roots.some((root) => isSameCertificate(root, one));
  const extend = async (chain: readonly Certificate[], last: Certificate): Promise<Chain | undefined> => {
    if (isRoot(last)) return chain;
    if (chain.length >= maxLevels) return undefined;
    for (const signer of [...parts.roots, ...parts.between]) {
      const isNew = !chain.some((seen) => isSameCertificate(seen, signer));
      const found =
        isNew && (await isSignedBy(crypto, last, signer)) ? await extend([...chain, signer], signer) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return await extend([certificate], certificate);
}
