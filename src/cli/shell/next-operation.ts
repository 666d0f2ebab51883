import type { Finding, Verdict } from '../../base/finding.ts';
import { partsOf, type Remedy } from '../../base/remedy.ts';

/** What to run next: an apply only where a finding says that it helps; undefined where no command of ours does. */
export function nextOperation(
  verdict: Verdict,
  findings: readonly Pick<Finding, 'remedy'>[],
): 'apply' | 'verify' | undefined {
  if (verdict === 'Yes') return 'verify';
  return findings.some(({ remedy }) => isDoneByApply(remedy)) ? 'apply' : undefined;
}

/** Whether an apply alone does it: not where a document or an object has to be changed before. */
function isDoneByApply(remedy: Remedy): boolean {
  const actions = partsOf(remedy).filter((part) => typeof part === 'object');
  const first = actions.find(({ do: what }) => what === 'Set' || what === 'Execute' || what === 'Restart');
  const apply = actions.find((action) => action.do === 'Run' && action.operation === 'apply');
  return apply !== undefined && (first === undefined || actions.indexOf(apply) < actions.indexOf(first));
}
