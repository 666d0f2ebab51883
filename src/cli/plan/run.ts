import { writeFile } from 'node:fs/promises';
import { type PlannedMesh, planMesh } from '../../apply/plan-mesh.ts';
import { digest } from '../../apply/read/digest.ts';
import { IsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import { sourceFlags } from '../../engine/mesh-file.ts';
import { openRun } from '../../engine/open-run.ts';
import { planTraffic, planTrafficLines } from '../../engine/plan-traffic.ts';
import { type RunRequest, requestOfFlags } from '../../engine/run-request.ts';
import { changesOf, type MeshPlan } from '../../plan/mesh-plan.ts';
import { declaredDigest, documentsOf, planFileText } from '../../plan/plan-file.ts';
import { planJson } from '../../report/plan-json.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import { type ExitCode, exitCodeOf } from '../shell/exit-code.ts';
import type { PlanFlags } from '../shell/flags.ts';
import type { Terminal } from '../shell/terminal.ts';
import { planText } from './text.ts';

export interface Running {
  readonly context: CliContext;
  readonly terminal: Terminal;
}

export async function runPlan(flags: PlanFlags, { context, terminal }: Running): Promise<ExitCode> {
  const request = await requestOfFlags(flags, context, terminal);
  return await showPlan(request, flags, { context, terminal });
}

/** Plans and shows; `apply --dry-run` is this too. */
export async function showPlan(
  request: RunRequest,
  flags: PlanFlags,
  { context, terminal }: Running,
): Promise<ExitCode> {
  await using run = await openRun(request, { flags, context, terminal, purpose: 'Plan' });
  const planned = await planMesh(run.request);
  const { plan } = planned;
  if (flags.out !== undefined) await writePlanFile(flags.out, request, planned);
  const apply = flags.out ?? sourceFlags(request.source);
  const traffic = await planTraffic(planned.edits, run.request.ports);
  const requests = [...run.request.ports.clients.values()].reduce((sum, client) => sum + client.counts().requests, 0);
  terminal.stdout(
    flags.output === 'json'
      ? `${JSON.stringify(planJson(plan, traffic, requests), null, 2)}\n`
      : planText(plan, { apply, color: terminal.color, traffic: planTrafficLines(traffic, terminal.color) }),
  );
  return exitCodeFor(plan, flags);
}

/** A plan that lacks a cluster is never a plain "nothing to do". */
function exitCodeFor(plan: MeshPlan, { exitCode }: PlanFlags): ExitCode {
  const failed = plan.clusters.find((cluster) => cluster.outcome === 'Failed');
  if (failed !== undefined) return exitCodeOf(failed.error);
  return exitCode === true && changesOf(plan).length > 0 ? exitCodes.answerIsNo : exitCodes.done;
}

async function writePlanFile(path: string, request: RunRequest, { plan, records }: PlannedMesh): Promise<void> {
  const failed = plan.clusters.find((cluster) => cluster.outcome === 'Failed');
  if (failed !== undefined) {
    const { code, message } = failed.error;
    throw new IsthmusError(
      code,
      `no plan was written to ${path}, because ${failed.cluster} could not be planned: ${message}`,
      {
        cause: failed.error,
        cluster: failed.cluster,
        remedy: 'leave the cluster out with --clusters, or run the same command again when it answers',
      },
    );
  }
  const { declared, source, clusters, maxDelete } = request;
  const text = planFileText({
    madeAt: new Date(systemClock.now()).toISOString(),
    mesh: declared.mesh.metadata.name,
    source,
    documents: documentsOf(declared),
    declared: declaredDigest(declared, digest),
    ...(clusters === undefined ? {} : { only: [...clusters] }),
    ...(maxDelete === undefined ? {} : { maxDelete }),
    clusters: [...records],
  });
  // It names every object of the mesh: nobody else's business.
  await writeFile(path, text, { mode: 0o600 });
}
