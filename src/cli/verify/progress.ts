import type { VerifyEvent } from '../../engine/events.ts';
import { paint } from '../shell/terminal.ts';

/** One line for an event of a verification. */
export function verifyLine(event: VerifyEvent, { color }: { readonly color: boolean }): string {
  return `${paint(wordsFor(event), 'dim', color)}\n`;
}

function wordsFor(event: VerifyEvent): string {
  switch (event.type) {
    case 'Started':
      return `probes in namespace ${event.details.namespace} of ${event.details.clusters.join(', ')}`;
    case 'PodsReady':
      return `${event.cluster}: probes ready (${seconds(event.details.afterMs)})`;
    case 'Reached':
      return `${event.cluster}: ${event.details.service} answers (${seconds(event.details.afterMs)})`;
    case 'Measured':
      return `${event.cluster}: ${event.details.service} measured`;
    case 'ClusterFailed':
      return `${event.cluster}: ${event.details.message}`;
    case 'CleanUp':
      return `${event.cluster}: probes ${cleanUpWords[event.details.outcome]}`;
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
