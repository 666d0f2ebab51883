import { writeFile } from 'node:fs/promises';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { VerifyFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { junitXml } from './junit.ts';
import { verifyText } from './text.ts';

export async function runVerify(flags: VerifyFlags, run: CommandRun): Promise<ExitCode> {
  const { requests, probeImage, junit, output } = flags;
  const session = await openNamed(flags, run);
  const report = await session.verify({ ...useCaseOptions(flags), requests, probeImage });
  const source = sourceFlags(session.origin);
  if (junit !== undefined) await writeFile(junit, junitXml(report, source));
  const { terminal } = run;
  printReport(report, output, (shown) => verifyText(shown, { source, color: terminal.color }), terminal);
  return report.ok ? exitCodes.done : exitCodes.answerIsNo;
}
