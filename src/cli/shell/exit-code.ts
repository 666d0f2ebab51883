import type { ErrorCode } from '../../base/error.ts';
import type { Verdict } from '../../base/finding.ts';

/** The one table of exit codes, for every command. docs/troubleshooting.md shows it to users. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  denied: 3,
  partial: 4,
  refused: 5,
  unreachable: 6,
  answerIsNo: 7,
  cancelled: 8,
  timeout: 9,
  unknown: 10,
  internal: 255,
} as const;

/** What each code says: `isthmus --help` and docs/troubleshooting.md show it. */
export const exitCodeMeanings = {
  0: 'done, nothing to do, or every check passes',
  1: 'an error that no other code stands for',
  2: 'wrong use, or an invalid file',
  3: 'authentication failed, or a right is missing',
  4: 'failed or partly applied: correct what is named, then run it again',
  5: 'refused, to protect something',
  6: 'a cluster or object is not found or not reachable',
  7: 'ran well, and the answer is no',
  8: 'interrupted, or not confirmed',
  9: 'timed out; the clusters may still get there',
  10: 'not known: unread, untested or not predicted',
  255: 'a defect of Isthmus',
} as const satisfies Record<ExitCode, string>;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byErrorCode = {
  'access-denied': exitCodes.denied,
  'adoption-refused': exitCodes.refused,
  'authentication-failed': exitCodes.denied,
  cancelled: exitCodes.cancelled,
  'cluster-identity-conflict': exitCodes.usage,
  'cluster-unreachable': exitCodes.unreachable,
  conflict: exitCodes.refused,
  'context-not-found': exitCodes.unreachable,
  'drill-refused': exitCodes.refused,
  'exec-failed': exitCodes.unexpected,
  'file-unreadable': exitCodes.usage,
  'guard-refused': exitCodes.refused,
  'helm-failed': exitCodes.unexpected,
  'helm-not-found': exitCodes.usage,
  'immutable-field': exitCodes.refused,
  internal: exitCodes.internal,
  'invalid-config': exitCodes.usage,
  'invalid-kubeconfig': exitCodes.usage,
  'istioctl-failed': exitCodes.unexpected,
  'istioctl-not-found': exitCodes.usage,
  'kubernetes-error': exitCodes.unexpected,
  'leave-refused': exitCodes.refused,
  'lock-held': exitCodes.refused,
  'not-found': exitCodes.unreachable,
  'port-forward-failed': exitCodes.unexpected,
  'prune-guard': exitCodes.refused,
  'prune-unsafe': exitCodes.refused,
  'renderer-version': exitCodes.usage,
  'rollout-stuck': exitCodes.partial,
  'root-key-exposed': exitCodes.refused,
  'root-key-missing': exitCodes.refused,
  'shift-refused': exitCodes.refused,
  'stale-plan': exitCodes.refused,
  timeout: exitCodes.timeout,
  'tls-unverified': exitCodes.refused,
  'trust-invalid': exitCodes.refused,
  'unexpected-response': exitCodes.unexpected,
  usage: exitCodes.usage,
  'version-skew': exitCodes.refused,
} as const satisfies Record<ErrorCode, ExitCode>;

/** The exit code that an error ends a command with. */
export function exitCodeOf(error: { readonly code: ErrorCode }): ExitCode {
  return byErrorCode[error.code];
}

/** The exit code of an answer that may be unknown. */
export function exitCodeOfVerdict(verdict: Verdict, { acceptUnknown }: { readonly acceptUnknown?: boolean }): ExitCode {
  if (verdict === 'Unknown') return acceptUnknown === true ? exitCodes.done : exitCodes.unknown;
  return verdict === 'Yes' ? exitCodes.done : exitCodes.answerIsNo;
}

/** The one code of several failures, or `partial` where they differ. */
export function commonExitCode(errors: readonly { readonly code: ErrorCode }[]): ExitCode {
  const [first, ...others] = errors.map(exitCodeOf);
  return first !== undefined && others.every((code) => code === first) ? first : exitCodes.partial;
}
