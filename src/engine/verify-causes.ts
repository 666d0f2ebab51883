import { asIsthmusError } from '../base/error.ts';
import type { FindingCode } from '../base/finding.ts';
import type { Finding } from '../report/finding.ts';
import type { VerifyOptions } from './options.ts';
import type { SessionState } from './session.ts';
import { statusUseCase } from './status.ts';

/** What is wrong and stops no request, or what the check that failed names itself. */
const beside: ReadonlySet<FindingCode> = new Set([
  'cluster-unread',
  'cluster-part-unread',
  'drift-unread',
  'skew-istiod',
  'skew-kubernetes',
  'skew-proxy',
]);

/** What status finds wrong in the clusters of a verification in which a check failed, each finding once. */
export async function causesOf(state: SessionState, { clusters }: VerifyOptions): Promise<readonly Finding[]> {
  try {
    const status = await statusUseCase(state, clusters === undefined ? {} : { clusters });
    const found = status.clusters.flatMap(({ findings }) => findings).filter(isCause);
    return [...new Map(found.map((one) => [`${one.cluster ?? ''} ${one.message}`, one])).values()];
  } catch (thrown) {
    state.ports.signal?.throwIfAborted();
    // What verify itself found stands.
    if (asIsthmusError(thrown).code === 'internal') throw thrown;
    return [];
  }
}

function isCause({ code, severity, confidence }: Finding): boolean {
  return severity === 'error' && confidence !== 'Unknown' && !beside.has(code);
}
