import type { Remedy } from '../../base/remedy.ts';
import type { Finding } from '../../report/finding.ts';
import { reportedRemedy } from './finding.ts';

/** merge: for problems that are no Finding yet, and so have no code; this file goes when every one of them is. */
export function untoldFinding(message: string, remedy?: Remedy): Finding {
  return { code: 'value-unsupported', severity: 'error', message, remedy: reportedRemedy(remedy) };
}
