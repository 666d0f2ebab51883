import type { Issuer } from './authority.ts';
import { type CaBundle, signingTexts } from './bundle.ts';
import { type Certificate, certificatesOf, isSameCertificate } from './certificate.ts';
import { renewalTime } from './check.ts';
import type { KeyAlgorithm } from './private-key.ts';

/** Why a cluster's intermediate gives way to a new one. */
export type RenewalReason =
  /** Less than a third of its lifetime is left. */
  | 'Due'
  /** The mesh wants another key algorithm. */
  | 'Algorithm'
  /** The mesh has another issuer now, or a CA above it is another. */
  | 'Issuer';

export interface RenewalContext {
  readonly issuer: Issuer;
  readonly keyAlgorithm: KeyAlgorithm;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** Why the intermediate of a readable bundle is to be replaced; undefined where it stays. */
export function whyRenew(bundle: CaBundle, { issuer, keyAlgorithm, now }: RenewalContext): RenewalReason | undefined {
  const [certificate] = certificatesOf(signingTexts(bundle).certificate);
  if (certificate === undefined || now >= renewalTime(certificate)) return 'Due';
  if (!hasAlgorithm(certificate, keyAlgorithm)) return 'Algorithm';
  return isSameChain(signersIn(bundle), certificatesOf(issuer.certificate)) ? undefined : 'Issuer';
}

/** The CAs between the intermediate and the root, as the chain has them. Some put the root there too. */
export function signersIn(bundle: CaBundle): readonly Certificate[] {
  const { chain, root: rootText } = signingTexts(bundle);
  const roots = certificatesOf(rootText);
  return certificatesOf(chain)
    .slice(1)
    .filter((one) => !roots.some((root) => isSameCertificate(root, one)));
}

function isSameChain(left: readonly Certificate[], right: readonly Certificate[]): boolean {
  return (
    left.length === right.length &&
    left.every((one, index) => {
      const other = right[index];
      return other !== undefined && isSameCertificate(one, other);
    })
  );
}

function hasAlgorithm(certificate: Certificate, wanted: KeyAlgorithm): boolean {
  const { namedCurve, modulusLength }: { readonly namedCurve?: string; readonly modulusLength?: number } =
    certificate.x509.publicKey.algorithm;
  const found = namedCurve === undefined ? `RSA-${modulusLength}` : `ECDSA-${namedCurve.replace('-', '')}`;
  return found === wanted;
}
