import type { DrillEvent } from '../../engine/events.ts';
import { paint } from '../shell/terminal.ts';

/** One line for an event of a drill. */
export function drillLine(event: DrillEvent, { color }: { readonly color: boolean }): string {
  const words = wordsFor(event);
  return `${event.level === 'warning' ? paint(words, 'yellow', color) : words}\n`;
}

function wordsFor(event: DrillEvent): string {
  switch (event.type) {
    case 'Preparing':
      return `${event.details.clusters.join(', ')}: starting throw-away pods in namespace ${event.details.namespace}`;
    case 'Loaded':
      return `${event.details.callers.join(', ')}: every caller is answered, ${event.details.perSecond} requests a second each`;
    case 'Called':
      return `${event.details.callers.join(', ')}: every sidecar that calls ${event.details.service} is answered`;
    case 'Armed':
      return `${event.cluster}: what repairs it without this process runs, until ${event.details.expiresAt} at the latest`;
    case 'Broken': {
      const { fault, objects, forMs } = event.details;
      return `${event.cluster}: ${fault} is broken for ${forMs / 1000} s: ${objects.join(', ')}`;
    }
    case 'Restored':
      return `${event.cluster}: ${[`${event.details.restored.join(', ') || 'nothing'} as before`, ...event.details.left].join('; ')}`;
  }
}
