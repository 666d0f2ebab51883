import type { Finding } from '../../report/finding.ts';
import type { PairCheck, SharedCheck, VerifyReport } from '../../report/verify.ts';
import type { Failure, PairResult, SharedResult, VerifyReport as Verified } from '../../verify/report.ts';
import { untoldFinding } from './untold-finding.ts';

export function verifyReport({ pairs, shared, ...rest }: Verified): VerifyReport {
  return { ...rest, pairs: pairs.map(reportedPair), shared: shared.map(reportedShared) };
}

function reportedPair({ failure, ...rest }: PairResult): PairCheck {
  return { ...rest, hop: failure?.hop ?? null, finding: failure === null ? null : findingOf(failure) };
}

function reportedShared({ failure, ...rest }: SharedResult): SharedCheck {
  return { ...rest, hop: failure?.hop ?? null, finding: failure === null ? null : findingOf(failure) };
}

/** merge: a check has its finding already; then only its remedy is put into parts. */
function findingOf({ explanation, evidence, remedy }: Failure): Finding {
  return {
    ...untoldFinding(explanation, remedy),
    evidence: evidence.map((fact) => ({ fact, source: 'probe' })),
  };
}
