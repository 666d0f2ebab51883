import type { ApplyEvent } from '../../engine/events.ts';
import { stageNames } from '../shell/stage-names.ts';
import { paint } from '../shell/terminal.ts';

/** One line for an event, with the cluster's name in a column of `width`. */
export function progressLine(event: ApplyEvent, { width, color }: { width: number; color: boolean }): string {
  return `${paint(event.cluster.padEnd(width), 'bold', color)}  ${textOf(event, color)}\n`;
}

function textOf(event: ApplyEvent, color: boolean): string {
  switch (event.type) {
    case 'Applied': {
      const { stage, created, configured } = event.details;
      const parts = [created > 0 ? `${created} created` : '', configured > 0 ? `${configured} configured` : ''];
      return `${stageNames[stage]}: ${parts.filter((part) => part !== '').join(', ')}`;
    }
    case 'Pruned': {
      const { deleted, released } = event.details;
      const parts = [deleted > 0 ? `${deleted} deleted` : '', released > 0 ? `${released} namespaces given back` : ''];
      return `pruned: ${parts.filter((part) => part !== '').join(', ')}`;
    }
    case 'Waiting':
      return paint(`waiting: ${event.details.what}`, 'dim', color);
    case 'Reached':
      return `${event.details.what} ${paint(`(${(event.details.afterMs / 1000).toFixed(1)} s)`, 'dim', color)}`;
    case 'Notice':
      return paint(event.details.message, 'yellow', color);
  }
}
