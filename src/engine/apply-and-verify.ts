import type { ApplyReport } from '../report/apply.ts';
import type { VerifyReport } from '../report/verify.ts';
import type { EngineEvent } from './events.ts';
import { signalOf } from './limits.ts';
import type { ApplyOptions, VerifyOptions } from './options.ts';
import { chosenClusters, liveMeshOf, type SessionState } from './session.ts';

/** Where an apply tells how far it is. */
export interface Heard {
  readonly state: SessionState;
  readonly onInjecting: (cluster: string) => void;
}

/** The two halves. */
export interface Halves {
  readonly apply: (heard: Heard) => Promise<ApplyReport>;
  readonly verify: (state: SessionState, options: VerifyOptions) => Promise<VerifyReport>;
}

/**
 * Applies, and sends requests meanwhile: the throw-away pods start as soon as every chosen cluster injects, beside
 * gateways and links. What they showed counts where all requests passed and the apply only made objects from then on;
 * where it changed or deleted one, or a request failed, they are sent again when it has ended. An apply that leaves
 * something undone is not verified.
 */
export async function applyAndVerify(
  state: SessionState,
  options: ApplyOptions & { readonly verify: VerifyOptions },
  { apply, verify }: Halves,
): Promise<ApplyReport> {
  const { ports } = state;
  const wanted: VerifyOptions = { clusters: options.clusters ?? state.source.plan?.only, ...options.verify };
  const waiting = new Set<string>(chosenClusters(liveMeshOf(state), wanted.clusters));
  const useless = new AbortController();
  const early: SessionState = {
    ...state,
    ports: { ...ports, signal: AbortSignal.any([signalOf(ports), useless.signal]) },
  };
  let sent: Promise<VerifyReport | undefined> | undefined;
  const onInjecting = (cluster: string): void => {
    waiting.delete(cluster);
    if (waiting.size > 0 || useless.signal.aborted) return;
    sent ??= verify(early, wanted).catch(() => undefined);
  };
  const onEvent = (event: EngineEvent): void => {
    if (sent !== undefined && changesWhatStands(event)) useless.abort();
    ports.onEvent?.(event);
  };
  const report = await apply({ state: { ...state, ports: { ...ports, onEvent } }, onInjecting }).catch(
    async (error: unknown) => {
      useless.abort();
      await sent;
      throw error;
    },
  );
  if (!report.ok) useless.abort();
  const first = await sent;
  if (!report.ok) return report;
  const counts = first?.ok === true && !useless.signal.aborted;
  return { ...report, verification: counts ? first : await verify(state, wanted) };
}

function changesWhatStands(event: EngineEvent): boolean {
  if (event.type === 'Applied' && 'configured' in event.details) return event.details.configured > 0;
  return event.type === 'Pruned';
}
