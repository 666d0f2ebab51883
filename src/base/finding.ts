/** Where in a file something stands. Line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters of the line are meant, for the caret. */
  readonly length: number;
  /** The whole line as it stands in the file. */
  readonly text: string;
}

export type Severity = 'error' | 'warning' | 'info';

/** Something the user can correct. Findings are collected and shown all at once; they are never thrown. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** What is wrong and with which object. */
  readonly message: string;
  /** The field to change or the command to run. */
  readonly hint: string;
  readonly at?: Position;
  readonly cluster?: string;
}

/** Every code that a finding can carry. docs/errors.md explains each; a test keeps the two equal. */
export const findingCodes = [
  'access-duplicate',
  'api-version-unknown',
  'cluster-duplicate',
  'cluster-missing',
  'cluster-unknown',
  'control-plane-unusable',
  'document-empty',
  'home-unknown',
  'join-foreign-istio',
  'join-name-taken',
  'join-network-differs',
  'join-pod-ranges',
  'join-port-differs',
  'join-service-differs',
  'join-unreachable',
  'join-version-skew',
  'key-duplicate',
  'key-unknown',
  'kind-unknown',
  'mesh-duplicate',
  'mesh-missing',
  'service-contradiction',
  'split-sum',
  'trust-bundle',
  'trust-distributed',
  'trust-expiry',
  'trust-istiod',
  'trust-proxy',
  'trust-unread',
  'value-invalid',
  'value-missing',
  'value-unsupported',
  'yaml-limit',
  'yaml-syntax',
] as const;

export type FindingCode = (typeof findingCodes)[number];
