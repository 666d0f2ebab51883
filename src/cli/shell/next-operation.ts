import type { Finding, Verdict } from '../../base/finding.ts';
import { partsOf } from '../../base/remedy.ts';

/** What to run next: an apply only where a finding says that it helps; undefined where no command of ours does. */
export function nextOperation(
  verdict: Verdict,
  findings: readonly Pick<Finding, 'remedy'>[],
): 'apply' | 'verify' | undefined {
  if (verdict === 'Yes') return 'verify';
  const helps = findings.some(({ remedy }) =>
    partsOf(remedy).some((part) => typeof part === 'object' && part.do === 'Run' && part.operation === 'apply'),
  );
  return helps ? 'apply' : undefined;
}
