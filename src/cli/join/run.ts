import { randomBytes } from 'node:crypto';
import { systemClock } from '../../base/system-clock.ts';
import { sourceFlags } from '../../engine/mesh-file.ts';
import { declaredCluster, openMeshFleet } from '../../engine/mesh-fleet.ts';
import { requestOfFlags } from '../../engine/run-request.ts';
import { checkJoin, type JoinReport } from '../../join/check-join.ts';
import { joinJson } from '../../report/join-json.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { runApply } from '../apply/run.ts';
import type { Running } from '../plan/run.ts';
import { exitCodes } from '../shell/context.ts';
import { type ExitCode, exitCodeOf } from '../shell/exit-code.ts';
import { renderFailure } from '../shell/failure.ts';
import { renderFindings } from '../shell/finding-text.ts';
import type { JoinFlags } from '../shell/flags.ts';
import type { Terminal } from '../shell/terminal.ts';

/** How long a throw-away pod may take to start and to answer. */
const podPatienceMs = 60_000;

/** Says everything that stands against a cluster's joining; where nothing does, applies the mesh with it. */
export async function runJoin(flags: JoinFlags, name: string, running: Running): Promise<ExitCode> {
  const { context, terminal } = running;
  const { declared, source } = await requestOfFlags(flags, context, terminal);
  const cluster = declaredCluster(declared, name);
  await using fleet = await openMeshFleet(declared, context);
  const report = await checkJoin({
    mesh: resolveMesh(declared),
    cluster,
    fleet,
    image: flags.probeImage ?? `docker.io/isthmus/isthmus:${context.version}`,
    runId: randomBytes(4).toString('hex'),
    clock: systemClock,
    signal: context.signal,
    podPatienceMs,
  });
  const code = joinExitCode(report);
  const ends = flags.check === true || code !== exitCodes.done;
  if (flags.output === 'text') {
    const next = `isthmus join ${cluster} ${sourceFlags(source)}`;
    (ends ? terminal.stdout : terminal.stderr)(joinText(report, { next, color: terminal.color }));
  } else if (ends) terminal.stdout(`${JSON.stringify(joinJson(report, { ok: code === exitCodes.done }), null, 2)}\n`);
  if (ends) return code;
  return await runApply(flags, undefined, running);
}

/** What is missing for any apply counts for more than what the clusters disagree about. */
function joinExitCode({ standing: [first], findings }: JoinReport): ExitCode {
  if (first !== undefined) return exitCodeOf(first);
  return findings.some(({ severity }) => severity === 'error') ? exitCodes.answerIsNo : exitCodes.done;
}

function joinText(report: JoinReport, { next, color }: { next: string } & Pick<Terminal, 'color'>): string {
  const { cluster, members, findings, standing } = report;
  const refused = joinExitCode(report) !== exitCodes.done;
  const verdict = refused
    ? `${cluster} cannot join mesh ${report.mesh} as it is; nothing was changed. When this is put right: ${next}`
    : `nothing stands against ${cluster} joining mesh ${report.mesh}; compared with ${members.join(', ') || 'nobody'}. next: ${next}`;
  return [
    ...standing.map((error) => renderFailure(error, color)),
    renderFindings(findings, { color }),
    `${verdict}\n`,
  ].join('');
}
