import { type Certificate, isSameCertificate, isSignedBy } from './certificate.ts';
import type { WebCrypto } from './environment.ts';

/** More levels than any chain that is meant. */
const maxLevels = 8;
/** More certificates than any bundle that is meant: so many are looked at between a certificate and the roots. */
export const maxCertificates = 16;

/** From a certificate to a root, both included, each signed by the next. */
export type Chain = readonly Certificate[];

export interface ChainParts {
  readonly between: readonly Certificate[];
  readonly roots: readonly Certificate[];
}

/**
 * The shortest chain from a certificate to one of the roots; undefined where none leads there.
 * Only names and signatures are compared: validity, CA flags and path lengths are checks of their own. Each certificate
 * is visited once, because bundles come from anyone who runs a pod.
 */
export async function findChain(
  crypto: WebCrypto,
  certificate: Certificate,
  { between, roots }: ChainParts,
): Promise<Chain | undefined> {
  const candidates = [...roots, ...between.slice(0, maxCertificates)];
  const visited: Certificate[] = [certificate];
  let level: readonly Chain[] = [[certificate]];
  while (level.length > 0) {
    const found = level.find((chain) => includes(roots, chain.at(-1)));
    if (found !== undefined) return found;
    const next: Chain[] = [];
    for (const chain of level) {
      if (chain.length >= maxLevels) continue;
      for (const signer of await signersOf(crypto, chain.at(-1), candidates)) {
        if (includes(visited, signer)) continue;
        visited.push(signer);
        next.push([...chain, signer]);
      }
    }
    level = next;
  }
  return undefined;
}

/** Of one name there are a few at most, old and new ones; more of them only cost time. */
async function signersOf(
  crypto: WebCrypto,
  certificate: Certificate | undefined,
  candidates: readonly Certificate[],
): Promise<readonly Certificate[]> {
  if (certificate === undefined) return [];
  const named = candidates.filter(({ x509 }) => x509.subject === certificate.x509.issuer).slice(0, maxCertificates);
  const signed = await Promise.all(named.map((signer) => isSignedBy(crypto, certificate, signer)));
  return named.filter((_, index) => signed[index]);
}

function includes(certificates: readonly Certificate[], one: Certificate | undefined): boolean {
  return one !== undefined && certificates.some((other) => isSameCertificate(other, one));
}
