import type { Finding } from '../../../base/finding.ts';
import { type Remedy, remedy, run } from '../../../base/remedy.ts';
import { type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts } from '../../facts/status.ts';

/** Days before its end from which an intermediate is reported: an apply renews it much earlier. */
const noticeMs = 30 * 24 * 3_600_000;

/** What is wrong with the intermediate that a cluster's istiod signs with. */
export function intermediateFindings(
  { cluster, certificate, istiod }: Pick<ClusterFacts, 'cluster' | 'certificate' | 'istiod'>,
  { at }: Reading,
): readonly Finding[] {
  if (certificate === null) return [];
  const source = `${istiod?.runsIn ?? cluster}: Secret cacerts`;
  if (certificate === undefined) {
    return [
      {
        code: 'trust-bundle',
        severity: 'error',
        category: 'Trust',
        cluster,
        message: 'no readable intermediate in cacerts',
        remedy: remedy`look at ${run('trust')}; where there is no Secret cacerts, ${run('apply')} makes it`,
        evidence: seen('it is missing, or holds no certificate with its root', source, at),
      },
    ];
  }
  const { notAfter } = certificate;
  const left = Date.parse(notAfter) - Date.parse(at);
  if (left >= noticeMs) return [];
  return [
    {
      code: 'trust-expiry',
      severity: left <= 0 ? 'error' : 'warning',
      category: 'Trust',
      cluster,
      message: `the intermediate ${left <= 0 ? 'ended' : 'ends'} on ${notAfter}`,
      remedy: renewIntermediate(certificate.isTheirs ?? false),
      evidence: seen(`its intermediate is valid until ${notAfter}`, source, at),
    },
  ];
}

/** An apply renews an intermediate of ours; one that someone else made is left to them. */
export function renewIntermediate(isTheirs: boolean): Remedy {
  if (!isTheirs) return remedy`renew it with ${run('apply')}`;
  return 'have it renewed by whoever made the Secret cacerts (cert-manager, for one, does so by itself): an apply leaves it as it is';
}
