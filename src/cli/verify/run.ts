import { writeFile } from 'node:fs/promises';
import { unwritable } from '../../base/unwritable.ts';
import type { VerifyReport } from '../../report/verify.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { VerifyFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { junitXml } from './junit.ts';
import { verifyText } from './text.ts';

export async function runVerify(flags: VerifyFlags, run: CommandRun): Promise<ExitCode> {
  const { requests, probeImage, junit, output } = flags;
  const session = await openNamed(flags, run);
  const report = await session.verify({ ...useCaseOptions(flags), requests, probeImage });
  const source = sourceFlags(namesOf(session.origin));
  if (junit !== undefined) {
    await writeFile(junit, junitXml(report, source)).catch((error: unknown) => {
      throw unwritable(junit, error);
    });
  }
  const { terminal } = run;
  printReport(report, output, (shown) => verifyText(shown, { source, color: terminal.color }), terminal);
  return verifyExitCode(report, flags.acceptUnknown === true ? exitCodes.done : exitCodes.unknown);
}

/** A check that failed says more than one that could not be made. */
export function verifyExitCode({ ok, pairs, shared }: VerifyReport, untested: ExitCode): ExitCode {
  if (ok) return exitCodes.done;
  const hasFailed = [...pairs, ...shared].some((check) => check.tested && !check.ok);
  return hasFailed ? exitCodes.answerIsNo : untested;
}
