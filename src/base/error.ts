/** Every code that a thrown error can carry. docs/errors.md explains each; a test keeps the two equal. */
export const errorCodes = [
  'access-denied',
  'address-timeout',
  'authentication-failed',
  'cancelled',
  'cluster-identity-conflict',
  'cluster-unreachable',
  'conflict',
  'context-not-found',
  'file-unreadable',
  'internal',
  'invalid-config',
  'invalid-kubeconfig',
  'istioctl-failed',
  'istioctl-not-found',
  'istioctl-version',
  'kubernetes-error',
  'lock-held',
  'not-found',
  'partially-applied',
  'port-forward-failed',
  'root-key-missing',
  'timeout',
  'trust-invalid',
  'unexpected-response',
  'usage',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface IsthmusErrorOptions {
  /** The next command to run or the field to change. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** The cluster the error is about, as the mesh file names it. */
  readonly cluster?: string;
  /** True where the same call may succeed when repeated unchanged. */
  readonly retry?: boolean;
}

/** The one error class: this call cannot go on. What the user can correct in a file is a Finding instead. */
export class IsthmusError extends Error {
  override readonly name = 'IsthmusError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly cluster: string | undefined;
  readonly retry: boolean;

  constructor(code: ErrorCode, message: string, options: IsthmusErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.cluster = options.cluster;
    this.retry = options.retry ?? false;
  }
}

/** The error as ours: anything that is not an IsthmusError was not expected and becomes `internal`. */
export function asIsthmusError(error: unknown): IsthmusError {
  if (error instanceof IsthmusError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new IsthmusError('cancelled', 'cancelled before it was done', { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new IsthmusError('internal', message, { cause: error });
}
