import type { WhatIf } from '../../report/whatif.ts';
import { type ExitCode, exitCodeOfVerdict, exitCodes } from '../shell/exit-code.ts';
import type { Assertion } from '../shell/request-flags.ts';

export interface Conclusion {
  readonly code: ExitCode;
  /** Of every assertion that did not pass. */
  readonly messages: readonly string[];
}

/** How a comparison ends: 7 where an assertion is violated, 10 where flows are not known. No assertion passes on those. */
export function conclusionOf(
  report: Pick<WhatIf, 'counts' | 'unknown'>,
  flags: { readonly assert?: readonly Assertion[]; readonly acceptUnknown?: boolean },
): Conclusion {
  const { counts, unknown } = report;
  const isKnown = unknown.length === 0;
  let isViolated = false;
  const messages = (flags.assert ?? []).flatMap(({ what, most }) => {
    const count = what === 'unreachable' ? counts.Unreachable : counts.Degraded;
    const counted = `${count} ${what}, at most ${most}`;
    if (count > most) isViolated = true;
    if (count > most) return [`assertion violated: ${counted}`];
    return isKnown ? [] : [`assertion not known: ${counted}, and ${counts.Unknown} not known`];
  });
  const code = isViolated ? exitCodes.answerIsNo : exitCodeOfVerdict(isKnown ? 'Yes' : 'Unknown', flags);
  return { code, messages };
}
