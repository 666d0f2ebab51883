import type { JoinReport } from '../../report/join.ts';
import { applyExitCode } from '../apply/run.ts';
import { afterApply, applyText } from '../apply/text.ts';
import { type ExitCode, exitCodeOf, exitCodes } from '../shell/exit-code.ts';
import type { JoinFlags } from '../shell/flags.ts';
import { visibleIn } from '../shell/foreign-text.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { applyOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { joinText } from './text.ts';

/** Names everything that prevents a cluster from joining; where nothing does, applies the mesh with it. */
export async function runJoin(flags: JoinFlags, cluster: string, run: CommandRun): Promise<ExitCode> {
  const { context, terminal } = run;
  const session = await openNamed(flags, run);
  const next = flags.check === true ? 'Join' : undefined;
  const options = { source: sourceFlags(namesOf(session.origin)), color: terminal.color, next } as const;
  const report = await session.join(cluster, {
    ...applyOptions(flags),
    probeImage: flags.probeImage,
    until: flags.check === true ? 'Check' : 'Join',
    onChecked: (checked) => {
      if (flags.output === 'text') terminal.stderr(joinText(visibleIn(checked), options));
    },
  });
  const { applied } = report;
  const words = (shown: JoinReport): string =>
    shown.applied === undefined
      ? joinText(shown, options)
      : applyText(shown.applied, { color: terminal.color, ...afterApply(options.source) });
  printReport(report, flags.output, words, terminal);
  return applied === undefined ? joinExitCode(report) : applyExitCode(applied, context);
}

/** What prevents any apply counts for more than what the clusters disagree about. */
function joinExitCode({ error, findings }: JoinReport): ExitCode {
  if (error !== undefined) return exitCodeOf(error);
  return findings.some(({ severity }) => severity === 'error') ? exitCodes.answerIsNo : exitCodes.done;
}
