import { hostname, userInfo } from 'node:os';
import type { ClusterName } from '../../api/name.ts';
import { applyMesh } from '../../apply/apply.ts';
import { IsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import { type MeshSource, sourceFlags } from '../../engine/mesh-file.ts';
import { declaredCluster, openMeshFleet, splitFleet } from '../../engine/mesh-fleet.ts';
import { openRun } from '../../engine/open-run.ts';
import { type RunRequest, requestOfFlags } from '../../engine/run-request.ts';
import { carryOutLeave, type LeaveRequest, planLeave, refuseToLeave, without } from '../../remove/leave.ts';
import { applyJson } from '../../report/apply-json.ts';
import { removalReportJson } from '../../report/removal-json.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { applyExitCode } from '../apply/run.ts';
import { type ApplyTextOptions, applyText } from '../apply/text.ts';
import type { Running } from '../plan/run.ts';
import { confirm } from '../shell/confirm.ts';
import { exitCodes } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { LeaveFlags } from '../shell/flags.ts';
import { removalExitCode } from '../uninstall/run.ts';
import { removalLine, removalPlanText, removalText } from '../uninstall/text.ts';

/** Takes a cluster out of the mesh, then brings the others to what the file declares without it. */
export async function runLeave(flags: LeaveFlags, name: string, running: Running): Promise<ExitCode> {
  const { context, terminal } = running;
  const request = await requestOfFlags(flags, context, terminal);
  const { declared } = request;
  const cluster = declaredCluster(declared, name);
  const mesh = resolveMesh(declared);
  refuseToLeave(mesh, cluster);
  const rest = without(declared, cluster);
  const lost = flags.clusterLost === true;
  await using fleet = await openMeshFleet(lost ? rest : declared, context);
  const { clients, failures } = splitFleet(fleet);
  const width = Math.max(...declared.clusters.map(({ metadata }) => metadata.name.length));
  const options: LeaveRequest = {
    mesh,
    cluster,
    side: lost ? 'Lost' : 'Whole',
    drainMs: flags.drain,
    ports: {
      clients,
      unreachable: failures,
      clock: systemClock,
      signal: context.signal,
      holder: `${userInfo().username}@${hostname()}/${process.pid}`,
      onEvent: (event) => terminal.stderr(removalLine(event, { width, color: terminal.color })),
    },
    limits: { timeoutMs: flags.timeout },
  };
  const plan = await planLeave(options);
  terminal.stderr(removalPlanText(plan, terminal));
  await confirm({
    word: cluster,
    deed: `let ${cluster} leave mesh ${plan.mesh}${lost ? ' without touching it' : ''}`,
    yes: flags.yes === true,
    interactive: context.isTTY && process.stdin.isTTY === true,
    signal: context.signal,
  });
  const report = await carryOutLeave(plan, options);
  const resume = `isthmus leave ${cluster} ${sourceFlags(request.source)}${lost ? ' --cluster-lost' : ''}`;
  const said = removalText(report, { color: terminal.color, resume, title: `${cluster} has left mesh ${plan.mesh}` });
  if (context.signal.aborted) {
    terminal.stderr(said);
    throw new IsthmusError('cancelled', 'interrupted');
  }
  const code = removalExitCode(report);
  if (code !== exitCodes.done) {
    terminal.stdout(flags.output === 'json' ? json({ left: removalReportJson(report) }) : said);
    return code;
  }
  if (flags.output === 'text') terminal.stdout(said);
  return await applyRest(
    { ...request, declared: rest },
    {
      flags,
      running,
      left: removalReportJson(report),
      commands: { next: nextOf(request.source, cluster), resume },
    },
  );
}

interface Rest {
  readonly flags: LeaveFlags;
  readonly running: Running;
  /** What came of the leaving, for the JSON output. */
  readonly left: unknown;
  readonly commands: Pick<ApplyTextOptions, 'next' | 'resume'>;
}

/** The file still declares the cluster; the documents in the home cluster do not any more. */
function nextOf(source: MeshSource, cluster: ClusterName): string {
  const verify = `isthmus verify ${sourceFlags(source)}`;
  if (source.file === undefined) return verify;
  const file = source.file === '-' ? 'the mesh file' : source.file;
  return `delete the MeshCluster ${cluster} from ${file}, because an apply of it as it is would bring ${cluster} back; then ${verify}`;
}

/** What the other clusters held for the sake of the one that left: its document, its entries in the mesh's networks. */
async function applyRest(request: RunRequest, { flags, running, left, commands }: Rest): Promise<ExitCode> {
  const { context, terminal } = running;
  await using run = await openRun(request, { flags, context, terminal, purpose: 'Apply' });
  const report = await applyMesh(run.request);
  terminal.stdout(
    flags.output === 'json'
      ? json({ left, applied: applyJson(report) })
      : applyText(report, { color: terminal.color, ...commands }),
  );
  if (context.signal.aborted) throw new IsthmusError('cancelled', 'interrupted');
  return applyExitCode(report.clusters);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
