import { IsthmusError } from '../../base/error.ts';
import type { Trace } from '../../report/trace.ts';
import { quoted } from '../../wording/shell-word.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { SnapshotFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import type { Destination } from '../shell/request-flags.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { traceText } from './text.ts';

export interface TraceFlags extends SnapshotFlags {
  /** `CLUSTER/NAMESPACE/WORKLOAD-OR-POD` */
  readonly from: string;
  readonly to: Destination;
  readonly subset?: string;
  readonly header?: readonly (readonly [string, string])[];
  readonly path?: string;
  readonly method?: string;
  readonly live?: boolean;
  readonly noRequest?: boolean;
  readonly connected?: readonly string[];
  readonly acceptUnknown?: boolean;
  readonly assumptions?: boolean;
}

/** Predicts one request and, with --live, compares the prediction with the mesh. 7 where it is not delivered or wrong, 10 where it is not judged. */
export async function runTrace(flags: TraceFlags, run: CommandRun): Promise<ExitCode> {
  const { from, to, subset, snapshot, live, noRequest, acceptUnknown, output } = flags;
  if (live === true && snapshot !== undefined) {
    throw new IsthmusError('usage', '--live asks the mesh itself, --snapshot reads a folder', {
      remedy: 'give one of the two',
    });
  }
  const session = await openNamed(flags, run);
  const how = noRequest === true ? 'Configuration' : 'Request';
  const report = await session.trace({
    ...useCaseOptions(flags),
    from,
    to,
    subset,
    connected: flags.connected,
    headers: Object.fromEntries(flags.header ?? []),
    path: flags.path,
    method: flags.method,
    live: live === true ? how : undefined,
  });
  const { terminal } = run;
  const next = snapshot === undefined && live !== true ? `isthmus trace --live ${again(flags)}` : undefined;
  printReport(
    report,
    output,
    (shown) => traceText(shown, { color: terminal.color, source: sourceFlags(flags), next, lists: listsOf(flags) }),
    terminal,
  );
  return exitCodeOf(report, acceptUnknown === true ? exitCodes.done : exitCodes.unknown);
}

/** What is listed besides the prediction itself. */
export function listsOf({ assumptions }: Pick<TraceFlags, 'assumptions'>): 'Assumptions' | undefined {
  return assumptions === true ? 'Assumptions' : undefined;
}

function exitCodeOf({ verdict, live }: Trace, unknown: ExitCode): ExitCode {
  if (live?.agrees === false || verdict === 'NotDelivered') return exitCodes.answerIsNo;
  // The one request that was really sent may say what the model does not.
  return verdict === 'Delivered' || live?.request?.answered === true ? exitCodes.done : unknown;
}

function again({ from, to, subset, header = [], path, method, snapshot: _, ...names }: TraceFlags): string {
  const chosen = [
    ...(subset === undefined ? [] : [`--subset ${subset}`]),
    ...header.map(([name, value]) => `--header ${quoted(`${name}=${value}`)}`),
    ...(path === undefined ? [] : [`--path ${quoted(path)}`]),
    ...(method === undefined ? [] : [`--method ${method}`]),
  ];
  return [sourceFlags(names), `--from ${from}`, `--to ${to.host}:${to.port}`, ...chosen].join(' ');
}
