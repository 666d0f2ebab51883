import type { Finding } from '../../../base/finding.ts';
import { type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts } from '../../facts/status.ts';

/** Mutual TLS is what gateways between networks pass on: without it nobody of another network is answered. */
export function mtlsFindings(
  { cluster, mtlsDisabledBy }: Pick<ClusterFacts, 'cluster' | 'mtlsDisabledBy'>,
  { at }: Reading,
): readonly Finding[] {
  if (mtlsDisabledBy === undefined || mtlsDisabledBy === null) return [];
  return [
    {
      code: 'mtls-disabled',
      severity: 'error',
      category: 'Policy',
      cluster,
      message: `${mtlsDisabledBy} disables mutual TLS in the whole cluster: requests from other networks fail`,
      remedy: 'delete it, or set its spec.mtls.mode to PERMISSIVE or STRICT',
      evidence: seen('spec.mtls.mode is DISABLE, and it has no selector', `${cluster}: ${mtlsDisabledBy}`, at),
    },
  ];
}
