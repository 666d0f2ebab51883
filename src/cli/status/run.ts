import type { MeshSession } from '../../engine/mesh-session.ts';
import { nodePorts } from '../../node-ports.ts';
import type { StatusReport } from '../../report/status.ts';
import { commonExitCode, type ExitCode, exitCodeOfVerdict } from '../shell/exit-code.ts';
import type { StatusFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { reportText } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { type Look, mostForALook, refuseStored, watchReport } from '../shell/watch.ts';
import { namesText, statusText } from './text.ts';

/** Of the clusters as they are, or as a snapshot holds them: then as of its time. */
export async function runStatus(flags: StatusFlags, run: CommandRun): Promise<ExitCode> {
  if (flags.watch === true) return await runWatch(flags, run);
  const session = await openNamed(flags, run);
  const { text, code } = await look(session, flags, run);
  run.terminal.stdout(text);
  return code;
}

async function runWatch(flags: StatusFlags, run: CommandRun): Promise<ExitCode> {
  refuseStored(flags);
  await using session = await openNamed(flags, { ...run, connections: 'Kept' });
  const limited = { ...flags, timeout: Math.min(flags.timeout, mostForALook) };
  const { context, terminal } = run;
  return await watchReport({
    look: async () => await look(session, limited, run),
    intervalMs: flags.interval,
    title: `isthmus status ${sourceFlags(flags)}`,
    clock: nodePorts(context.process.env).clock,
    signal: context.signal,
    terminal,
  });
}

async function look(session: MeshSession, flags: StatusFlags, { terminal }: CommandRun): Promise<Look> {
  const report = await session.status({
    ...useCaseOptions(flags),
    istioctl: flags.istioctl,
    helm: flags.helm,
    ...(flags.fast === true ? { drift: 'Leave' } : {}),
  });
  return { text: textOf(report, flags, terminal.color), readAt: report.readAt, code: exitCodeOf(report, flags) };
}

function textOf(report: StatusReport, flags: StatusFlags, color: boolean): string {
  const { output, snapshot } = flags;
  // What is to be done is done to the mesh as it is now, whose file only the reader knows where it is.
  const source = sourceFlags(snapshot === undefined ? flags : { file: '-' });
  const columns = output === 'wide' ? 'Wide' : 'Narrow';
  if (output === 'name') return reportText(report, 'text', namesText);
  const form = output === 'wide' ? 'text' : output;
  return reportText(report, form, (shown) => statusText(shown, { source, color, columns }));
}

/** Where no cluster answered, why the first one did not. */
function exitCodeOf({ verdict, clusters }: StatusReport, flags: StatusFlags): ExitCode {
  const errors = clusters.flatMap((cluster) => (cluster.reachable ? [] : [cluster.error]));
  if (errors.length === clusters.length && flags.acceptUnknown !== true) return commonExitCode(errors);
  return exitCodeOfVerdict(verdict, flags);
}
