import { applyMesh } from '../../apply/apply.ts';
import type { ClusterOutcome } from '../../apply/run/report.ts';
import { IsthmusError } from '../../base/error.ts';
import { sourceFlags } from '../../engine/mesh-file.ts';
import { openRun } from '../../engine/open-run.ts';
import { requestOfFlags, requestOfPlan } from '../../engine/run-request.ts';
import { applyJson } from '../../report/apply-json.ts';
import { type Running, showPlan } from '../plan/run.ts';
import { exitCodes } from '../shell/context.ts';
import { type ExitCode, exitCodeOf } from '../shell/exit-code.ts';
import type { ApplyFlags } from '../shell/flags.ts';
import { afterApply, applyText } from './text.ts';

/** Applies the mesh of the flags, or the plan of a plan file. */
export async function runApply(flags: ApplyFlags, plan: string | undefined, running: Running): Promise<ExitCode> {
  const { context, terminal } = running;
  const request =
    plan === undefined
      ? await requestOfFlags(flags, context, terminal)
      : await requestOfPlan({ path: plan, flags }, context, terminal);
  if (flags.dryRun === true) return await showPlan(request, flags, running);
  await using run = await openRun(request, { flags, context, terminal, purpose: 'Apply' });
  const report = await applyMesh(run.request);
  terminal.stdout(
    flags.output === 'json'
      ? `${JSON.stringify(applyJson(report), null, 2)}\n`
      : applyText(report, { color: terminal.color, ...afterApply(sourceFlags(request.source)) }),
  );
  if (context.signal.aborted) throw new IsthmusError('cancelled', 'interrupted');
  return applyExitCode(report.clusters);
}

/** Partly done is its own code, unless nothing at all could be done: then it is that of the first failure. */
export function applyExitCode(outcomes: readonly ClusterOutcome[]): ExitCode {
  const failed = outcomes.filter((outcome) => outcome.outcome === 'Failed');
  const [first] = failed;
  if (first === undefined) return outcomes.some(isPartial) ? exitCodes.partial : exitCodes.done;
  const codes = new Set(failed.map(({ error }) => exitCodeOf(error)));
  return failed.length === outcomes.length && codes.size === 1 ? exitCodeOf(first.error) : exitCodes.partial;
}

function isPartial(outcome: ClusterOutcome): boolean {
  if (outcome.outcome !== 'Applied') return false;
  return outcome.unconnected.length > 0 || (outcome.pruned?.failed ?? []).length > 0;
}
