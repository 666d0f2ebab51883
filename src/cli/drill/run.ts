import type { DrillReport } from '../../report/drill.ts';
import { confirm } from '../shell/confirm.ts';
import { type ExitCode, exitCodeOfVerdict, exitCodes } from '../shell/exit-code.ts';
import type { DrillFlags } from '../shell/flags.ts';
import { visibleIn } from '../shell/foreign-text.ts';
import { htmlPage } from '../shell/html.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { reportFile } from '../shell/report-file.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { drillPage } from './page.ts';
import { blastText, drillText } from './text.ts';

/** Says what the model expects, asks, breaks it, and shows what happened. */
export async function runDrill(flags: DrillFlags, run: CommandRun): Promise<ExitCode> {
  const { context, terminal } = run;
  const { fail, for: forMs, rate, probeImage, yes, output } = flags;
  const file = flags.report === undefined ? undefined : await reportFile(flags.report);
  const session = await openNamed(flags, run);
  const report = await session.drill({
    fault: fail,
    forMs,
    perSecond: rate,
    probeImage,
    approve: async (blast) => {
      terminal.stderr(blastText(visibleIn(blast), fail));
      await confirm({
        word: namedService(fail) ?? session.mesh ?? '',
        deed: `break ${fail} for ${forMs / 1000} s`,
        yes: yes === true,
        interactive: context.isTTY && process.stdin.isTTY === true,
        signal: context.signal,
      });
    },
  });
  await file?.write(htmlPage(drillPage(visibleIn(report))));
  const source = sourceFlags(namesOf(session.origin));
  printReport(report, output, (shown) => drillText(shown, { color: terminal.color, source }), terminal);
  return drillExitCode(report, flags);
}

/** Whoever breaks a service of the mesh types its name, not the mesh's. */
function namedService(fault: string): string | undefined {
  return /^endpoints:(.+\/.+)@/.exec(fault)?.[1];
}

const answers = { AsPredicted: 'Yes', Different: 'No', Unknown: 'Unknown' } as const;

export function drillExitCode(
  { verdict, left }: Pick<DrillReport, 'verdict' | 'left'>,
  flags: Pick<DrillFlags, 'acceptUnknown'>,
): ExitCode {
  return left.length > 0 ? exitCodes.partial : exitCodeOfVerdict(answers[verdict], flags);
}
