import type { ErrorCode, IsthmusError } from '../base/error.ts';

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
  internal: 255,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byErrorCode = {
  'access-denied': exitCodes.denied,
  'address-timeout': exitCodes.timeout,
  'authentication-failed': exitCodes.denied,
  cancelled: exitCodes.cancelled,
  'cluster-identity-conflict': exitCodes.usage,
  'cluster-unreachable': exitCodes.unreachable,
  conflict: exitCodes.refused,
  'context-not-found': exitCodes.unreachable,
  'file-unreadable': exitCodes.usage,
  internal: exitCodes.internal,
  'invalid-config': exitCodes.usage,
  'invalid-kubeconfig': exitCodes.usage,
  'istioctl-failed': exitCodes.unexpected,
  'istioctl-not-found': exitCodes.usage,
  'istioctl-version': exitCodes.usage,
  'kubernetes-error': exitCodes.unexpected,
  'lock-held': exitCodes.refused,
  'not-found': exitCodes.unreachable,
  'partially-applied': exitCodes.partial,
  'port-forward-failed': exitCodes.unexpected,
  'root-key-missing': exitCodes.refused,
  timeout: exitCodes.timeout,
  'trust-invalid': exitCodes.refused,
  'unexpected-response': exitCodes.unexpected,
  usage: exitCodes.usage,
} as const satisfies Record<ErrorCode, ExitCode>;

/** The exit code that an error ends a command with. */
export function exitCodeOf(error: IsthmusError): ExitCode {
  return byErrorCode[error.code];
}
