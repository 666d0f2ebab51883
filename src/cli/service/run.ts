import type { ServiceReport } from '../../report/service.ts';
import { type ExitCode, exitCodeOfVerdict } from '../shell/exit-code.ts';
import type { ServiceFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { reportText } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { namesText, servicesText, serviceText } from './text.ts';

/** Every service, or the one that is named. */
export async function runService(flags: ServiceFlags, service: string | undefined, run: CommandRun): Promise<ExitCode> {
  const session = await openNamed(flags, run);
  const report = await session.services({ ...useCaseOptions(flags), service, measureMs: flags.measure });
  run.terminal.stdout(textOf(report, flags, { isOne: service !== undefined, color: run.terminal.color }));
  return exitCodeOfVerdict(report.verdict, flags);
}

function textOf(
  report: ServiceReport,
  { output }: ServiceFlags,
  { isOne, color }: { readonly isOne: boolean; readonly color: boolean },
): string {
  if (output === 'name') return reportText(report, 'text', namesText);
  const columns = output === 'wide' ? 'Wide' : 'Narrow';
  const form = output === 'wide' ? 'text' : output;
  return reportText(report, form, (shown) =>
    isOne ? serviceText(shown, { color }) : servicesText(shown, { color, columns }),
  );
}
