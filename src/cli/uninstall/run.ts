import { IsthmusError } from '../../base/error.ts';
import type { MeshSession } from '../../engine/mesh-session.ts';
import type { UninstallOptions } from '../../engine/options.ts';
import type { UninstallPlan, UninstallReport } from '../../report/uninstall.ts';
import { confirm } from '../shell/confirm.ts';
import { commonExitCode, type ExitCode, exitCodeOfVerdict, exitCodes } from '../shell/exit-code.ts';
import type { UninstallFlags } from '../shell/flags.ts';
import { visibleIn } from '../shell/foreign-text.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { removalPlanText } from './plan-text.ts';
import { removalText } from './text.ts';

export async function runUninstall(flags: UninstallFlags, run: CommandRun): Promise<ExitCode> {
  const { context, terminal } = run;
  const session = await openNamed(flags, run);
  const chosen = flags.clusters ?? session.clusters;
  const options: UninstallOptions = {
    ...useCaseOptions(flags),
    reach: flags.anyIstio === true ? 'AnyIstio' : 'Mesh',
    definitions: flags.crds === true ? 'Remove' : 'Keep',
  };
  if (flags.dryRun === true) {
    const plan = await session.planUninstall(options);
    const words = (shown: UninstallPlan): string =>
      `${removalPlanText(shown, terminal)}${closingLine(shown, resumeCommand(flags))}\n`;
    printReport(plan, flags.output, words, terminal);
    return planExitCode(plan, flags);
  }
  const report = await session.uninstall({
    ...options,
    approve: async (plan) => {
      terminal.stderr(removalPlanText(visibleIn(plan), terminal));
      await confirm({
        word: plan.mesh,
        deed: `remove all this from ${chosen.join(', ')}`,
        yes: flags.yes === true,
        interactive: context.isTTY && process.stdin.isTTY === true,
        signal: context.signal,
      });
    },
  });
  const words = (shown: UninstallReport): string =>
    removalText(shown, {
      color: terminal.color,
      source: sourceFlags(namesOf(session.origin)),
      resume: resumeCommand(flags),
      title: `mesh ${report.mesh} is removed from ${chosen.join(', ')}`,
      ...noteFor(session, chosen),
    });
  printReport(report, flags.output, words, terminal);
  if (context.signal.aborted) throw new IsthmusError('cancelled', 'interrupted');
  return removalExitCode(report);
}

/** What is true after a look, and the command that does it. */
export function closingLine({ clusters }: UninstallPlan, command: string): string {
  const missing = clusters.flatMap(({ cluster, outcome }) => (outcome === 'Failed' ? [cluster] : []));
  if (missing.length === clusters.length) return 'nothing was removed, and no cluster could be looked at';
  const except = missing.length === 0 ? '' : `; what ${missing.join(', ')} holds is not known`;
  return `nothing was removed${except}; to do it: ${command}`;
}

/** A part of a mesh that is removed is still declared. */
function noteFor({ clusters }: MeshSession, chosen: readonly string[]): { readonly note?: string } {
  if (chosen.length === clusters.length) return {};
  const names = chosen.join(', ');
  return {
    note: `The mesh file still declares ${names}: an apply would bring it back; isthmus leave takes a cluster out of the mesh`,
  };
}

function resumeCommand({ anyIstio, crds, clusters, ...names }: UninstallFlags): string {
  const flags = [
    clusters === undefined ? '' : ` --clusters ${clusters.join(',')}`,
    anyIstio === true ? ' --any-istio' : '',
    crds === true ? ' --crds' : '',
  ];
  return `isthmus uninstall ${sourceFlags(names)}${flags.join('')}`;
}

/** What a cluster holds that could not be read is not known. */
export function planExitCode({ clusters }: UninstallPlan, flags: Pick<UninstallFlags, 'acceptUnknown'> = {}): ExitCode {
  const errors = clusters.flatMap((part) => (part.outcome === 'Failed' ? [part.error] : []));
  if (errors.length === 0) return exitCodes.done;
  return errors.length === clusters.length ? commonExitCode(errors) : exitCodeOfVerdict('Unknown', flags);
}

/** Stuck alone is a time-out: the clusters may still get there. A part that failed is its own code unless all did so. */
export function removalExitCode({ clusters, peerFailures }: UninstallReport): ExitCode {
  const errors = [
    ...clusters.flatMap((part) => (part.outcome === 'Failed' ? [part.error] : [])),
    ...peerFailures.map(({ error }) => error),
  ];
  if (errors.length > 0) {
    const whole = clusters.length > 0 && clusters.every(({ outcome }) => outcome === 'Failed');
    return whole ? commonExitCode(errors) : exitCodes.partial;
  }
  return clusters.some(({ outcome }) => outcome === 'Stuck') ? exitCodes.timeout : exitCodes.done;
}
