import type { EngineEvent } from '../../engine/events.ts';
import type { ShiftOptions, SteerShiftOptions } from '../../engine/options.ts';
import type { ShiftReport, ShiftState } from '../../report/shift.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import {
  type OutputForm,
  parseNames,
  type ShiftFlags,
  type ShiftRunFlags,
  type ShiftStartFlags,
} from '../shell/flags.ts';
import { jsonLine, visibleIn } from '../shell/foreign-text.ts';
import { htmlPage } from '../shell/html.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { reportFile } from '../shell/report-file.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { shiftPage } from './page.ts';
import { shiftText } from './text.ts';

export async function startShift(flags: ShiftStartFlags, service: string, run: CommandRun): Promise<ExitCode> {
  const { selector, to, steps, every, abortOn, expires, probeImage, timeout } = flags;
  const limits = (abortOn ?? []).flatMap(parseNames);
  const begin = { selector, to, steps, everyMs: every, abortOn: limits, expiresMs: expires };
  return await runToEnd(flags, { service, begin, probeImage, timeoutMs: timeout }, run);
}

export async function resumeShift(flags: ShiftRunFlags, service: string, run: CommandRun): Promise<ExitCode> {
  const { probeImage, timeout } = flags;
  return await runToEnd(flags, { service, probeImage, timeoutMs: timeout }, run);
}

async function runToEnd(flags: ShiftRunFlags, options: ShiftOptions, run: CommandRun): Promise<ExitCode> {
  const { stdout } = run.terminal;
  const asLines = flags.output === 'json';
  const onEvent = asLines ? (event: EngineEvent): void => stdout(jsonLine(event)) : undefined;
  const file = flags.report === undefined ? undefined : await reportFile(flags.report);
  const session = await openNamed(flags, { ...run, onEvent });
  const report = await session.shift(options);
  const [shift] = report.shifts;
  if (shift !== undefined) await file?.write(htmlPage(shiftPage(visibleIn(shift), report.mesh)));
  if (asLines) stdout(jsonLine(report));
  else print(report, flags.output, { source: sourceFlags(namesOf(session.origin)), run });
  return shift === undefined ? exitCodes.internal : endCodes[shift.phase];
}

/** What a shift that was run ended with. */
const endCodes = {
  Running: exitCodes.timeout,
  Paused: exitCodes.cancelled,
  Passed: exitCodes.done,
  Promoted: exitCodes.done,
  GoingBack: exitCodes.partial,
  WentBack: exitCodes.answerIsNo,
  Aborted: exitCodes.answerIsNo,
  Expired: exitCodes.answerIsNo,
} as const satisfies Record<ShiftState['phase'], ExitCode>;

export async function showShifts(flags: ShiftFlags, service: string | undefined, run: CommandRun): Promise<ExitCode> {
  const session = await openNamed(flags, run);
  const report = await session.shifts({ service, timeoutMs: flags.timeout });
  print(report, flags.output, { source: sourceFlags(namesOf(session.origin)), run });
  return report.ok ? exitCodes.done : exitCodes.answerIsNo;
}

export async function steerShift(
  flags: ShiftFlags,
  what: Pick<SteerShiftOptions, 'service' | 'action'>,
  run: CommandRun,
): Promise<ExitCode> {
  const { timeout, istioctl, helm } = flags;
  const session = await openNamed(flags, run);
  const report = await session.steerShift({ ...what, timeoutMs: timeout, istioctl, helm });
  print(report, flags.output, { source: sourceFlags(namesOf(session.origin)), run });
  return exitCodes.done;
}

interface Printing {
  readonly source: string;
  readonly run: CommandRun;
}

function print(report: ShiftReport, output: OutputForm, { source, run: { terminal } }: Printing): void {
  printReport(report, output, (shown) => shiftText(shown, { source, color: terminal.color }), terminal);
}
