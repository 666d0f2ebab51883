import { IsthmusError } from '../../base/error.ts';
import { option, remedy } from '../../base/remedy.ts';
import type { MeshSession } from '../../engine/mesh-session.ts';
import type { ApplyReport, ClusterOutcome } from '../../report/apply.ts';
import { showPlan } from '../plan/run.ts';
import type { CliContext } from '../shell/context.ts';
import { commonExitCode, type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { ApplyFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed, openSession } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { applyOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { askAboutLosses } from './ask.ts';
import { applyByOperator } from './by-operator.ts';
import { codeWithGuard, guardOptions, refuseGuardWith, withGuard } from './guard.ts';
import { afterApply, applyText, hasChanged, isWhole } from './text.ts';
import { codeWithVerification, verifyOptions, withVerification } from './verification.ts';

/** Applies the mesh of the flags, or the plan of a plan file. */
export async function runApply(flags: ApplyFlags, plan: string | undefined, run: CommandRun): Promise<ExitCode> {
  if (flags.dryRun === true && flags.verify === true) {
    throw new IsthmusError('usage', 'what is only planned cannot be verified', {
      remedy: remedy`leave ${option('dryRun')} or ${option('verify')} out`,
    });
  }
  refuseGuardWith(flags);
  const session = plan === undefined ? await openNamed(flags, run) : await openPlan(plan, flags, run);
  if (flags.dryRun === true) return await showPlan(session, flags, run);
  const followed =
    plan === undefined && flags.guard === undefined ? await applyByOperator(session, flags, run) : undefined;
  if (followed !== undefined) return followed;
  const report = await session.apply({
    ...applyOptions(flags),
    approveLosses: askAboutLosses(flags, run),
    verify: verifyOptions(flags),
    guard: guardOptions(flags),
  });
  const { context, terminal } = run;
  const { color } = terminal;
  const source = sourceFlags(namesOf(session.origin));
  const words = (shown: ApplyReport): string =>
    withGuard(
      withVerification(applyText(shown, { color, ...afterApply(source, flags.verify) }), shown, { source, color }),
      shown,
      { color },
    );
  printReport(report, flags.output, words, terminal);
  return codeWithGuard(codeWithVerification(applyExitCode(report, context), report), report);
}

async function openPlan(plan: string, flags: ApplyFlags, run: CommandRun): Promise<MeshSession> {
  const { file, home, clusters, context, accept, allowInsecureTls, trustKubeconfig, verbose, quiet } = flags;
  if ([clusters, home, context, accept].some((flag) => flag !== undefined)) {
    throw new IsthmusError('usage', 'a plan file names the mesh and the clusters that it is for', {
      remedy: remedy`leave ${option('clusters')}, ${option('home')}, ${option('context')} and ${option('accept')} out`,
    });
  }
  return await openSession(
    { plan, ...(file === undefined ? {} : { file }) },
    { allowInsecureTls, trustKubeconfig, verbose, quiet },
    run,
  );
}

/**
 * Partly done is its own code, unless nothing at all could be done: then it is that of the failures. Throws `cancelled`
 * where the apply was interrupted.
 */
export function applyExitCode({ clusters }: ApplyReport, { signal }: Pick<CliContext, 'signal'>): ExitCode {
  if (signal.aborted) throw new IsthmusError('cancelled', 'interrupted');
  const failed = clusters.flatMap((outcome) => (outcome.outcome === 'Failed' ? [outcome.error] : []));
  if (failed.length === 0) return clusters.some(hasLeftover) ? exitCodes.partial : exitCodes.done;
  const isPartial = clusters.some(
    (outcome) => outcome.outcome === 'Applied' && (isWhole(outcome) || hasChanged(outcome)),
  );
  return isPartial ? exitCodes.partial : commonExitCode(failed);
}

function hasLeftover(outcome: ClusterOutcome): boolean {
  return outcome.outcome === 'Applied' && !isWhole(outcome);
}
