import type { PairCheck, SharedCheck, VerifiedCluster, VerifyReport } from '../../report/verify.ts';
import type { ClusterResult, PairResult, SharedResult, VerifyReport as Verified } from '../../verify/report.ts';
import { reportedFinding } from './finding.ts';

/** `causes`: what status finds wrong, of a verification in which a check failed. */
export function verifyReport(
  { clusters, pairs, shared, ...rest }: Verified,
  causes: VerifyReport['causes'] = [],
): VerifyReport {
  return {
    ...rest,
    causes,
    clusters: clusters.map(reportedCluster),
    pairs: pairs.map(reportedPair),
    shared: shared.map(reportedShared),
  };
}

function reportedCluster({ finding, ...rest }: ClusterResult): VerifiedCluster {
  return { ...rest, finding: finding === null ? null : reportedFinding(finding) };
}

function reportedPair({ failure, ...rest }: PairResult): PairCheck {
  return { ...rest, ...reportedFailure(failure) };
}

function reportedShared({ failure, ...rest }: SharedResult): SharedCheck {
  return { ...rest, ...reportedFailure(failure) };
}

function reportedFailure(failure: PairResult['failure']): Pick<PairCheck, 'hop' | 'finding'> {
  return failure === null
    ? { hop: null, finding: null }
    : { hop: failure.hop, finding: reportedFinding(failure.finding) };
}
