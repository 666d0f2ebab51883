import type { RenewalOutcome, RenewalReport } from '../../apply/run/renew-trust.ts';
import type { RenewalOutcome as ReportedOutcome, RenewalReport as ReportedRenewal } from '../../report/renewal.ts';
import { apiVersion } from '../../report/schema.ts';
import { reportedError } from './error.ts';

export function renewalReport({ mesh, clusters }: RenewalReport): ReportedRenewal {
  const ok = clusters.every(({ outcome }) => outcome !== 'Failed');
  return { apiVersion, kind: 'RenewalReport', mesh, ok, clusters: clusters.map(reportedOutcome) };
}

function reportedOutcome(outcome: RenewalOutcome): ReportedOutcome {
  return outcome.outcome === 'Failed' ? { ...outcome, error: reportedError(outcome.error) } : outcome;
}
