import { IsthmusError } from '../base/error.ts';
import { trace } from '../predict/request/trace.ts';
import { findCaller } from '../predict/world/caller.ts';
import { worldOf } from '../predict/world/world.ts';
import type { Trace } from '../report/trace.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { compareWithLive } from './live-comparison.ts';
import { withConnected } from './model.ts';
import type { TraceOptions } from './options.ts';
import { loadSnapshot } from './read-snapshot.ts';
import { traceReport } from './reporting/trace.ts';
import type { SessionState } from './session.ts';

/** Predicts what becomes of one request, hop by hop; with `live`, holds the prediction against the mesh. */
export async function traceUseCase(state: SessionState, options: TraceOptions): Promise<Trace> {
  if (options.live !== undefined && state.source.stored !== undefined) {
    throw new IsthmusError('usage', 'a comparison asks the mesh itself, and a snapshot is a folder', {
      remedy: 'compare with the mesh, or predict from the snapshot',
    });
  }
  await using loaded = await loadSnapshot(state, options);
  const snapshot = withConnected(loaded.stored.snapshot, options.connected ?? []);
  const caller = findCaller(snapshot, options.from);
  const traced = trace(worldOf(snapshot), caller, {
    ...options.to,
    subset: options.subset ?? '',
    headers: options.headers ?? {},
    method: options.method ?? 'GET',
    path: options.path ?? '/',
  });
  if (options.live === undefined || loaded.live === undefined) return traceReport(traced);
  const live = await compareWithLive(traced, {
    ...loaded.live,
    snapshot,
    crypto: state.ports.crypto,
    signal: limitedSignal(state.ports, timeoutOf(options)),
    sendsRequest: options.live === 'Request',
  });
  return traceReport(traced, live);
}
