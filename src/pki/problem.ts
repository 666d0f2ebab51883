/** Why a set of certificates and keys cannot be used, or what will soon be wrong with it. */
export type TrustReason =
  | 'incomplete'
  | 'not-used'
  | 'unreadable'
  | 'not-certificate'
  | 'leaf-in-bundle'
  | 'key-mismatch'
  | 'not-ca'
  | 'not-root'
  | 'path-length'
  | 'expired'
  | 'not-yet-valid'
  | 'weak-signature'
  | 'weak-key'
  | 'usage'
  | 'name-constraints'
  | 'unknown-extension'
  | 'chain-broken'
  | 'chain-order'
  | 'root-foreign'
  | 'root-as-issuer'
  | 'roots-several'
  | 'trust-domain'
  | 'outlives-signer'
  | 'renewal-due'
  | 'root-ends-soon';

export interface TrustProblem {
  readonly reason: TrustReason;
  /** An error: istiod or the other clusters refuse it. A warning: it works now. */
  readonly severity: 'error' | 'warning';
  /** A sentence that names files and certificates, never key material. */
  readonly message: string;
}

const warnings: readonly TrustReason[] = ['outlives-signer', 'renewal-due', 'root-ends-soon', 'roots-several'];

export function problem(reason: TrustReason, message: string): TrustProblem {
  return { reason, severity: warnings.includes(reason) ? 'warning' : 'error', message };
}

/** The problem that a check's sentence is; none where the check found nothing. */
export function problemOf(reason: TrustReason, message: string | undefined): TrustProblem[] {
  return message === undefined ? [] : [problem(reason, message)];
}

/** Errors first, each only once. */
export function sortedProblems(problems: readonly TrustProblem[]): readonly TrustProblem[] {
  const unique = new Map(problems.map((one) => [`${one.reason} ${one.message}`, one]));
  return [...unique.values()].toSorted((a, b) => a.severity.localeCompare(b.severity));
}
