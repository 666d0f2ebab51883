import type { Action, Remedy } from './remedy.ts';

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

/** A field of an object, where no file says what stands in it. */
export interface ObjectPath {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** `spec.access.context`; empty for the object as a whole. */
  readonly field: string;
}

export type Severity = 'error' | 'warning' | 'info';

/** What a finding is about. */
export type FindingCategory =
  | 'Config'
  | 'Reach'
  | 'Trust'
  | 'Discovery'
  | 'Network'
  | 'DataPath'
  | 'Policy'
  | 'Capacity'
  | 'Lifecycle'
  | 'Security';

/** Something that was seen. */
export interface Evidence {
  /** A sentence without a full stop, or words quoted from a log. */
  readonly fact: string;
  /** Where it was seen: `west: Secret istio-system/cacerts`, `istiod of east`. */
  readonly source: string;
  /** RFC 3339; left out where the source is a text that the user gave. */
  readonly at?: string;
}

/** Something the user can correct. Findings are collected and shown all at once; they are never thrown. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** What is wrong and with which object: a sentence without a full stop. */
  readonly message: string;
  readonly remedy: Remedy;
  readonly evidence?: readonly Evidence[];
  /** A place in a file, or a field of an object. */
  readonly at?: Position | ObjectPath;
  /** The cluster that it is about, by the name that the mesh gives it. */
  readonly cluster?: string;
  /** The other cluster that it is about: the one that `cluster` reads or sends requests to. */
  readonly peer?: string;
  /** The object of the cluster that it is about: `Deployment istio-system/istiod`. */
  readonly object?: string;
  readonly category?: FindingCategory;
  /** `Proved` by something that was seen, `Inferred` from it, or `Unknown` where what would tell was not read; left out, proved. */
  readonly confidence?: 'Proved' | 'Inferred' | 'Unknown';
  /** The codes of findings that follow from this one. */
  readonly explains?: readonly FindingCode[];
  /** What it breaks: `14 of 90 pairs`. */
  readonly impact?: string;
  /** What of the remedy a program may carry out once somebody has seen it, in order: nothing is deleted by it for good. */
  readonly fix?: readonly Action[];
  /** What takes the fix back. */
  readonly undo?: Remedy;
}

/** Whether everything is right (`Yes`), something is known to be wrong (`No`), or neither is known. */
export type Verdict = 'Yes' | 'No' | 'Unknown';

/** What findings mean together: a problem that is known outweighs what is not, and notes count for nothing. */
export function verdictOf(findings: readonly Pick<Finding, 'severity' | 'confidence'>[]): Verdict {
  const grave = findings.filter(({ severity }) => severity !== 'info');
  if (grave.some(({ confidence }) => confidence !== 'Unknown')) return 'No';
  return grave.length === 0 ? 'Yes' : 'Unknown';
}

/** Where in a file a finding's cause stands; undefined where it has no place in a file. */
export function positionOf({ at }: Pick<Finding, 'at'>): Position | undefined {
  return at !== undefined && 'file' in at ? at : undefined;
}

/** Every code that a finding can carry. docs/errors.md explains each; a test keeps the two equal. */
export const findingCodes = [
  'access-duplicate',
  'access-failed',
  'access-rights',
  'adopt-cluster-name',
  'adopt-gateway',
  'adopt-gateway-elsewhere',
  'adopt-installed-here',
  'adopt-istiod-missing',
  'adopt-mesh-id',
  'adopt-network',
  'adopt-remote-secret',
  'adopt-remotes',
  'adopt-revision',
  'adopt-settings',
  'adopt-signer',
  'adopt-trust-domain',
  'adopt-version',
  'ambient-not-modelled',
  'answered-by-proxy',
  'api-version-unknown',
  'ca-outside',
  'certificate-not-known',
  'cluster-duplicate',
  'cluster-missing',
  'cluster-part-unread',
  'cluster-unknown',
  'cluster-unread',
  'config-differs',
  'control-plane-not-ready',
  'control-plane-unusable',
  'document-empty',
  'drift',
  'drift-unread',
  'endpoints-unread',
  'failover-ejection',
  'failover-priority',
  'gateway-address',
  'gateway-local-only',
  'gateway-not-ready',
  'headless-elsewhere',
  'home-absent',
  'home-unknown',
  'host-not-served',
  'ingress-address',
  'ingress-not-ready',
  'injection-differs',
  'injection-label',
  'istio-contradiction',
  'istiod-waits',
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
  'kubeconfig-folder',
  'locality-settings',
  'mesh-differs',
  'mesh-duplicate',
  'mesh-missing',
  'mtls-disabled',
  'mtls-namespace',
  'name-not-resolved',
  'network-names',
  'network-unknown',
  'no-common-root',
  'no-dns-hosts',
  'no-endpoint',
  'no-filter-chain',
  'no-gateway-pod',
  'no-healthy-endpoint',
  'no-istiod',
  'no-match',
  'no-mtls-at-server',
  'no-passthrough-server',
  'no-server',
  'no-such-port',
  'none-healthy',
  'not-eds',
  'not-exported',
  'not-in-sidecar-scope',
  'objects-unread',
  'other-network',
  'outlier-locality',
  'passed-through',
  'peer-answer',
  'peer-endpoints',
  'peer-secret',
  'peer-sync',
  'pod-gone',
  'policy-denies',
  'policy-not-decided',
  'proxy-names',
  'proxy-unserved',
  'remote-secret',
  'route-not-modelled',
  'router-not-modelled',
  'rule-without-mtls',
  'service-contradiction',
  'service-effect',
  'skew-istiod',
  'skew-kubernetes',
  'skew-proxy',
  'split-sum',
  'strict-refuses-plaintext',
  'subset-duplicate',
  'subset-missing',
  'too-many-gateways',
  'trust-bundle',
  'trust-distributed',
  'trust-domain-differs',
  'trust-expiry',
  'trust-istiod',
  'trust-proxy',
  'trust-unread',
  'unknown-host',
  'unknown-sni',
  'value-invalid',
  'value-missing',
  'value-not-given',
  'verify-client-pod',
  'verify-client-proxy',
  'verify-cluster',
  'verify-connect',
  'verify-discovery',
  'verify-dns',
  'verify-gateway',
  'verify-identity',
  'verify-network',
  'verify-pods',
  'verify-policy',
  'verify-server',
  'verify-server-pod',
  'verify-share',
  'verify-trust',
  'yaml-limit',
  'yaml-syntax',
] as const;

export type FindingCode = (typeof findingCodes)[number];
