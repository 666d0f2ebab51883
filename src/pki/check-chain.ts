import { type Certificate, isSignedBy } from './certificate.ts';
import type { Chain } from './chain.ts';
import {
  checkExpired,
  checkExtensions,
  checkIsCa,
  checkKeyLength,
  checkNotYetValid,
  checkOutlives,
  checkPathLength,
  checkRenewal,
  checkRootNotice,
  checkSignatureHash,
  checkUsages,
  nameOf,
} from './check.ts';
import type { WebCrypto } from './environment.ts';
import { checkNameConstraints } from './name-constraints.ts';
import { problemOf, type TrustProblem } from './problem.ts';

export interface LinkContext {
  /** CAs between the certificate and the workloads. */
  readonly below: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** Of the workloads below. */
  readonly trustDomain: string;
}

/** What is wrong with the CAs of a chain, from the lowest to the root; `below` is that of the lowest. */
export function chainLinkProblems(chain: Chain, { below, ...context }: LinkContext): readonly TrustProblem[] {
  const { now } = context;
  return chain.flatMap((link, index) => {
    const signer = chain[index + 1];
    const isRoot = signer === undefined;
    return [
      ...linkProblems(link, { ...context, below: below + index }),
      ...problemOf('outlives-signer', isRoot ? undefined : checkOutlives(link, signer)),
      ...problemOf('renewal-due', isRoot ? undefined : checkRenewal(link, now)),
      ...problemOf('root-ends-soon', isRoot ? checkRootNotice(link, now) : undefined),
      // Nobody verifies the signature of a root: it is trusted as it is.
      ...problemOf('weak-signature', isRoot ? undefined : checkSignatureHash(link)),
    ];
  });
}

/** What is wrong with one CA, whoever signed it. */
export function linkProblems(link: Certificate, { below, now, trustDomain }: LinkContext): readonly TrustProblem[] {
  return [
    ...problemOf('not-ca', checkIsCa(link)),
    ...problemOf('path-length', checkPathLength(link, below)),
    ...problemOf('expired', checkExpired(link, now)),
    ...problemOf('not-yet-valid', checkNotYetValid(link, now)),
    ...problemOf('weak-key', checkKeyLength(link)),
    ...problemOf('usage', checkUsages(link)),
    ...problemOf('name-constraints', checkNameConstraints(link, trustDomain)),
    ...problemOf('unknown-extension', checkExtensions(link)),
  ];
}

/** Certificates that are given as roots and are signed by someone else: a proxy would look for that signer in vain. */
export async function rootsProblems(
  crypto: WebCrypto,
  roots: readonly Certificate[],
): Promise<readonly TrustProblem[]> {
  const found = await Promise.all(
    roots.map(async (root) =>
      (await isSignedBy(crypto, root, root)) ? undefined : `${nameOf(root)} is no root: it did not sign itself`,
    ),
  );
  return found.flatMap((sentence) => problemOf('not-root', sentence));
}
