import type { MeshSession } from '../../engine/mesh-session.ts';
import type { PlanReport } from '../../report/plan.ts';
import { commonExitCode, type ExitCode, exitCodeOf, exitCodes } from '../shell/exit-code.ts';
import type { PlanFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { applyOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { planText } from './text.ts';

export async function runPlan(flags: PlanFlags, run: CommandRun): Promise<ExitCode> {
  return await showPlan(await openNamed(flags, run), flags, run);
}

/** Plans and shows; `apply --dry-run` is this too. */
export async function showPlan(session: MeshSession, flags: PlanFlags, { terminal }: CommandRun): Promise<ExitCode> {
  const { out, output } = flags;
  const report = await session.plan({ ...applyOptions(flags), out });
  const source = sourceFlags(namesOf(session.origin));
  printReport(
    report,
    output,
    (shown) => planText(shown, { apply: out ?? source, source, color: terminal.color }),
    terminal,
  );
  return exitCodeFor(report, flags);
}

/** A plan that lacks a cluster is never a plain "nothing to do". */
function exitCodeFor({ clusters, totals }: PlanReport, { exitCode }: PlanFlags): ExitCode {
  const failed = clusters.find((cluster) => cluster.outcome === 'Failed');
  if (failed !== undefined) return exitCodeOf(failed.error);
  const refused = clusters.flatMap((cluster) => (cluster.outcome === 'Planned' ? cluster.changes : []));
  const errors = refused.flatMap(({ error }) => (error === undefined ? [] : [error]));
  if (errors.length > 0) return commonExitCode(errors);
  const changes = totals.create + totals.change + totals.delete;
  return exitCode === true && changes > 0 ? exitCodes.answerIsNo : exitCodes.done;
}
