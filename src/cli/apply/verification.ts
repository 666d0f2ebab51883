import type { VerifyOptions } from '../../engine/options.ts';
import type { VerifyReport } from '../../report/verify.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { ApplyFlags } from '../shell/flags.ts';
import { verifyExitCode } from '../verify/run.ts';
import { type TextOptions, verifyText } from '../verify/text.ts';

interface Verified {
  readonly verification?: VerifyReport;
}

/** What an apply is asked to send; undefined where that is nothing. */
export function verifyOptions({ verify, probeImage, timeout }: ApplyFlags): VerifyOptions | undefined {
  return verify === true ? { probeImage, timeoutMs: timeout } : undefined;
}

/** The text of an apply, and below it what requests showed. */
export function withVerification(text: string, { verification }: Verified, options: TextOptions): string {
  return verification === undefined ? text : `${text}\n${verifyText(verification, options)}`;
}

/** What is not applied comes before what does not answer. */
export function codeWithVerification(code: ExitCode, { verification }: Verified): ExitCode {
  if (code !== exitCodes.done || verification === undefined) return code;
  return verifyExitCode(verification, exitCodes.unknown);
}
