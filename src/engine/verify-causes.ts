import { timeOf } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import type { FindingCode } from '../base/finding.ts';
import { unreadFinding } from '../diagnose/checks/cluster/unread.ts';
import type { Finding } from '../report/finding.ts';
import type { VerifyOptions } from './options.ts';
import { reportedFinding } from './reporting/finding.ts';
import { liveMeshOf, type SessionState } from './session.ts';
import { statusUseCase } from './status.ts';

/** What is wrong and stops no request, or what the check that failed names itself. */
const beside: ReadonlySet<FindingCode> = new Set([
  'cluster-unread',
  'drift-unread',
  'skew-istiod',
  'skew-kubernetes',
  'skew-proxy',
]);

/**
 * What status finds wrong in the clusters of a verification in which a check failed, each finding once, and what of them
 * it could not read: the cause may be there.
 */
export async function causesOf(state: SessionState, { clusters }: VerifyOptions): Promise<readonly Finding[]> {
  try {
    const status = await statusUseCase(state, clusters === undefined ? {} : { clusters });
    const found = status.clusters.flatMap(({ findings }) => findings).filter(isCause);
    return [...new Map(found.map((one) => [`${one.cluster ?? ''} ${one.message}`, one])).values()];
  } catch (thrown) {
    state.ports.signal?.throwIfAborted();
    const error = asIsthmusError(thrown);
    // What verify itself found stands.
    if (error.code === 'internal') throw thrown;
    const asked = clusters ?? liveMeshOf(state).names;
    const at = timeOf(state.ports.clock);
    return asked.map((cluster) => reportedFinding(unreadFinding(cluster, error, at)));
  }
}

function isCause({ code, severity, confidence }: Finding): boolean {
  if (code === 'cluster-part-unread') return true;
  return severity === 'error' && confidence !== 'Unknown' && !beside.has(code);
}
