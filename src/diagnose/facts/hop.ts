import type { Evidence, Finding, FindingCategory, FindingCode } from '../../base/finding.ts';

/**
 * The hops of a request in the order it passes them. A failure names the first one that fails.
 * docs/concepts/verify.md explains each.
 */
export const hops = [
  'Cluster',
  'ClientPod',
  'ServerPod',
  'ClientProxy',
  'Dns',
  'Discovery',
  'Network',
  'Connect',
  'Trust',
  'Gateway',
  'Server',
  'Policy',
  'Identity',
  'Share',
] as const;
export type Hop = (typeof hops)[number];

/** Why requests fail: the first hop that fails, and what is wrong there. */
export interface Failure {
  readonly hop: Hop;
  readonly finding: Finding;
  /** False where nothing follows about the mesh, because the requests could not be sent. */
  readonly tested: boolean;
}

/** What a rule says of a failing hop. */
export type Verdict = Pick<Finding, 'message' | 'remedy' | 'confidence'> & {
  readonly hop: Hop;
  /** The cluster where the cause is to be looked for. */
  readonly cluster: string;
  /** Left out: true. */
  readonly tested?: boolean;
};

/** The failure that a rule's verdict and what was seen make together. */
export function failureOf({ hop, tested = true, ...verdict }: Verdict, evidence: readonly Evidence[]): Failure {
  const { code, category } = kinds[hop];
  return { hop, tested, finding: { code, severity: 'error', category, ...verdict, evidence } };
}

const kinds = {
  Cluster: { code: 'verify-cluster', category: 'Reach' },
  ClientPod: { code: 'verify-client-pod', category: 'Lifecycle' },
  ServerPod: { code: 'verify-server-pod', category: 'Lifecycle' },
  ClientProxy: { code: 'verify-client-proxy', category: 'DataPath' },
  Dns: { code: 'verify-dns', category: 'Network' },
  Discovery: { code: 'verify-discovery', category: 'Discovery' },
  Network: { code: 'verify-network', category: 'Config' },
  Connect: { code: 'verify-connect', category: 'Network' },
  Trust: { code: 'verify-trust', category: 'Trust' },
  Gateway: { code: 'verify-gateway', category: 'DataPath' },
  Server: { code: 'verify-server', category: 'DataPath' },
  Policy: { code: 'verify-policy', category: 'Policy' },
  Identity: { code: 'verify-identity', category: 'Security' },
  Share: { code: 'verify-share', category: 'DataPath' },
} as const satisfies Record<Hop, { readonly code: FindingCode; readonly category: FindingCategory }>;
