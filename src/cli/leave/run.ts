import { IsthmusError } from '../../base/error.ts';
import type { MeshOrigin } from '../../engine/source.ts';
import type { LeaveReport } from '../../report/leave.ts';
import type { UninstallPlan } from '../../report/uninstall.ts';
import { applyExitCode } from '../apply/run.ts';
import { applyText } from '../apply/text.ts';
import { confirm } from '../shell/confirm.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { LeaveFlags } from '../shell/flags.ts';
import { visibleIn } from '../shell/foreign-text.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { applyOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { removalPlanText } from '../uninstall/plan-text.ts';
import { removalExitCode } from '../uninstall/run.ts';
import { removalText } from '../uninstall/text.ts';

/** Takes a cluster out of the mesh, then brings the others to what the file declares without it. */
export async function runLeave(flags: LeaveFlags, cluster: string, run: CommandRun): Promise<ExitCode> {
  const { context, terminal } = run;
  const session = await openNamed(flags, run);
  const lost = flags.clusterLost === true;
  const report = await session.leave(cluster, {
    ...applyOptions(flags),
    side: lost ? 'Lost' : 'Whole',
    drainMs: flags.drain,
    approve: async (plan) => await approve(plan, cluster, flags, run),
  });
  const source = sourceFlags(namesOf(session.origin));
  const resume = `isthmus leave ${cluster} ${source}${lost ? ' --cluster-lost' : ''}`;
  const options = { color: terminal.color, source, resume, next: nextOf(session.origin, cluster) };
  if (context.signal.aborted && report.applied === undefined) {
    terminal.stderr(leaveText(visibleIn(report), options));
    throw new IsthmusError('cancelled', 'interrupted');
  }
  printReport(report, flags.output, (shown) => leaveText(shown, options), terminal);
  if (report.applied !== undefined) return applyExitCode(report.applied, context);
  return removalExitCode(report.left);
}

async function approve(plan: UninstallPlan, cluster: string, flags: LeaveFlags, run: CommandRun): Promise<void> {
  const { context, terminal } = run;
  terminal.stderr(removalPlanText(visibleIn(plan), terminal));
  await confirm({
    word: cluster,
    deed: `take ${cluster} out of mesh ${plan.mesh}${flags.clusterLost === true ? ' without touching it' : ''}`,
    yes: flags.yes === true,
    interactive: context.isTTY && process.stdin.isTTY === true,
    signal: context.signal,
  });
}

interface LeaveTextOptions {
  readonly color: boolean;
  readonly source: string;
  readonly resume: string;
  readonly next: string;
}

export function leaveText({ cluster, left, applied }: LeaveReport, options: LeaveTextOptions): string {
  const removal = removalText(left, { ...options, title: `${cluster} has left mesh ${left.mesh}` });
  return applied === undefined ? removal : `${removal}${applyText(applied, options)}`;
}

/** The file still declares the cluster; the documents in the home cluster no longer do. */
function nextOf(origin: MeshOrigin, cluster: string): string {
  const verify = `isthmus verify ${sourceFlags(namesOf(origin))}`;
  if (origin.file === undefined) return verify;
  const file = origin.file === '-' ? 'the mesh file' : origin.file;
  return `delete the MeshCluster ${cluster} from ${file}, because an apply of it as it is would bring ${cluster} back; then ${verify}`;
}
