import type { EngineEvent } from '../../engine/events.ts';
import { paint } from '../shell/terminal.ts';

type VerifyEvent = Extract<EngineEvent, { readonly operation: 'verify' }>;

/** One line for an event of a verification. */
export function verifyLine(event: VerifyEvent, { color }: { readonly color: boolean }): string {
  return `${paint(wordsFor(event), 'dim', color)}\n`;
}

function wordsFor(event: VerifyEvent): string {
  switch (event.type) {
    case 'Started':
      return `probes in namespace ${event.namespace} of ${event.clusters.join(', ')}`;
    case 'PodsReady':
      return `${event.cluster}: probes ready (${seconds(event.afterMs)})`;
    case 'Reached':
      return `${event.from}: ${event.service} answers (${seconds(event.afterMs)})`;
    case 'Measured':
      return `${event.from}: ${event.service} measured`;
    case 'ClusterFailed':
      return `${event.cluster}: ${event.message}`;
    case 'CleanUp':
      return `${event.cluster}: probes ${cleanUpWords[event.outcome]}`;
  }
}

const cleanUpWords = {
  Nothing: 'left nothing to remove',
  Requested: 'are being removed',
  Gone: 'are gone',
  Failed: 'could not be removed; they remove themselves when they expire',
} as const;

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
