import { withoutSecrets } from './conceal.ts';
import type { Finding } from './finding.ts';
import { option, type Remedy, remedy, repeat } from './remedy.ts';

/** Every code that a thrown error can carry. docs/errors.md explains each; a test keeps the two equal. */
export const errorCodes = [
  'access-denied',
  'adoption-refused',
  'authentication-failed',
  'cancelled',
  'cluster-identity-conflict',
  'cluster-unreachable',
  'conflict',
  'context-not-found',
  'drill-refused',
  'exec-failed',
  'file-unreadable',
  'guard-refused',
  'helm-failed',
  'helm-not-found',
  'immutable-field',
  'internal',
  'invalid-config',
  'invalid-kubeconfig',
  'istioctl-failed',
  'istioctl-not-found',
  'kubernetes-error',
  'leave-refused',
  'lock-held',
  'not-found',
  'port-forward-failed',
  'prune-guard',
  'prune-unsafe',
  'renderer-version',
  'rollout-stuck',
  'root-key-exposed',
  'root-key-missing',
  'shift-refused',
  'stale-plan',
  'timeout',
  'tls-unverified',
  'trust-invalid',
  'unexpected-response',
  'usage',
  'version-skew',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface IsthmusErrorOptions {
  /** What to do about it. */
  readonly remedy?: Remedy;
  readonly cause?: unknown;
  /** What the user has to correct, where that is the reason that the call cannot go on. */
  readonly findings?: readonly Finding[];
  /** The cluster the error is about, as the mesh file names it. */
  readonly cluster?: string;
  /** True where the same call may succeed when repeated unchanged. */
  readonly retry?: boolean;
}

/**
 * The one error class: this call cannot go on. What the user can correct in a file is a Finding instead; an error that
 * such findings caused carries them.
 *
 * @example
 * try {
 *   await openMesh({ file: 'missing.yaml' }, nodePorts());
 * } catch (error) {
 *   if (!(error instanceof IsthmusError)) throw error;
 *   console.log(`${error.code}: ${error.message}`);
 * }
 */
export class IsthmusError extends Error {
  override readonly name = 'IsthmusError';
  readonly code: ErrorCode;
  readonly remedy: Remedy | undefined;
  readonly findings: readonly Finding[];
  readonly cluster: string | undefined;
  readonly retry: boolean;

  constructor(code: ErrorCode, message: string, options: IsthmusErrorOptions = {}) {
    // Whatever a message quotes of others: no key, token or password comes out of an error.
    super(withoutSecrets(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.findings = options.findings ?? [];
    this.cluster = options.cluster;
    this.retry = options.retry ?? false;
  }
}

/**
 * The error for work that an aborted signal ended: the reason itself where it is ours (a lock was lost), `timeout` where
 * a time limit passed (`AbortSignal.timeout`), else `cancelled`. `what` says what was not done; it follows a colon.
 */
export function endedBy(
  { reason }: AbortSignal,
  what: string,
  options: Pick<IsthmusErrorOptions, 'cluster' | 'cause'> = {},
): IsthmusError {
  if (reason instanceof IsthmusError) return reason;
  const where = options.cluster === undefined ? '' : `cluster ${options.cluster}: `;
  if (!isTimeLimit(reason)) return new IsthmusError('cancelled', `${where}cancelled: ${what}`, options);
  return new IsthmusError('timeout', `${where}timed out: ${what}`, { ...options, retry: true, remedy: moreTime });
}

/** For a wait that ended before what it waited for. */
export const goOnWaiting: Remedy = remedy`${repeat()} to go on waiting, with a longer ${option('timeout')} if need be`;

const moreTime: Remedy = remedy`${repeat()} to go on, with a longer ${option('timeout')} if need be`;

function isTimeLimit(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

/** The error as ours: anything that is not an IsthmusError was not expected and becomes `internal`. */
export function asIsthmusError(error: unknown): IsthmusError {
  if (error instanceof IsthmusError) return error;
  if (isTimeLimit(error) || (error instanceof Error && isTimeLimit(error.cause))) {
    return new IsthmusError('timeout', 'timed out before it was done', { cause: error, remedy: moreTime });
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new IsthmusError('cancelled', 'cancelled before it was done', { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new IsthmusError('internal', message, { cause: error });
}
