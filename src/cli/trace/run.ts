import { IsthmusError } from '../../base/error.ts';
import { compareWithLive, type LiveComparison } from '../../engine/live-comparison.ts';
import { type LoadedSnapshot, loadSnapshot, type SnapshotFlags } from '../../engine/load-snapshot.ts';
import { sourceFlags } from '../../engine/mesh-file.ts';
import { type TraceRequest, trace } from '../../predict/request/trace.ts';
import { findCaller } from '../../predict/world/caller.ts';
import { worldOf } from '../../predict/world/world.ts';
import { traceJson } from '../../report/trace-json.ts';
import { type CliContext, exitCodes } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { Destination } from '../shell/request-flags.ts';
import type { Terminal } from '../shell/terminal.ts';
import { traceText } from './text.ts';

export interface TraceFlags extends SnapshotFlags {
  /** `CLUSTER/NAMESPACE/WORKLOAD-OR-POD` */
  readonly from: string;
  readonly to: Destination;
  readonly subset?: string;
  readonly header?: readonly (readonly [string, string])[];
  readonly live?: boolean;
  readonly noRequest?: boolean;
}

/** Predicts one request and, with --live, holds the prediction against the mesh. 7 where it is not delivered or wrong. */
export async function runTrace(context: CliContext, flags: TraceFlags, terminal: Terminal): Promise<ExitCode> {
  if (flags.live === true && flags.snapshot !== undefined) {
    throw new IsthmusError('usage', '--live asks the mesh itself, --snapshot reads a folder', {
      remedy: 'give one of the two',
    });
  }
  await using loaded = await loadSnapshot(flags, context, terminal);
  const { snapshot } = loaded.stored;
  const caller = findCaller(snapshot, flags.from);
  if (caller.found === undefined) throw new IsthmusError(caller.code, caller.problem, { remedy: caller.remedy });
  const request: TraceRequest = {
    ...flags.to,
    subset: flags.subset ?? '',
    headers: Object.fromEntries(flags.header ?? []),
  };
  const traced = trace(worldOf(snapshot), caller.found, request);
  const live = flags.live === true ? await liveOf(loaded, traced, { context, flags }) : undefined;
  const next = loaded.live !== undefined && live === undefined ? `isthmus trace --live ${again(flags)}` : undefined;
  terminal.stdout(
    flags.output === 'json'
      ? `${JSON.stringify(traceJson(traced, live), null, 2)}\n`
      : traceText(traced, { color: terminal.color, live, next }),
  );
  return traced.delivered && live?.agrees !== false ? exitCodes.done : exitCodes.answerIsNo;
}

async function liveOf(
  { live }: LoadedSnapshot,
  traced: ReturnType<typeof trace>,
  { context, flags }: { readonly context: CliContext; readonly flags: TraceFlags },
): Promise<LiveComparison | undefined> {
  if (live === undefined) return undefined;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(flags.timeout)]);
  return await compareWithLive(traced, { ...live, signal, sendsRequest: flags.noRequest !== true });
}

function again({ from, to, subset, file, home }: TraceFlags): string {
  const source = sourceFlags({ ...(file === undefined ? {} : { file }), ...(home === undefined ? {} : { home }) });
  const chosen = subset === undefined ? '' : ` --subset ${subset}`;
  return `${source} --from ${from} --to ${to.host}:${to.port}${chosen}`;
}
