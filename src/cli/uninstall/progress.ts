import type { RemovalEvent } from '../../engine/events.ts';
import { refText } from '../shell/ref-text.ts';
import { paint } from '../shell/terminal.ts';
import { removalStageNames } from './stage-names.ts';

/** One line for an event, with the cluster's name in a column of `width`. */
export function removalLine(event: RemovalEvent, { width, color }: { width: number; color: boolean }): string {
  return `${paint(event.cluster.padEnd(width), 'bold', color)}  ${eventText(event, color)}\n`;
}

function eventText(event: RemovalEvent, color: boolean): string {
  switch (event.type) {
    case 'Removed':
      return `${removalStageNames[event.details.stage]}: ${event.details.count} gone`;
    case 'Released':
      return `namespace ${event.details.namespace}: labels removed`;
    case 'Disclaimed':
      return `definitions that stay: labels taken off ${event.details.count}`;
    case 'NamespaceRemoved':
      return `namespace ${event.details.namespace}: gone`;
    case 'Forgotten':
      return `istiod no longer knows ${event.details.removed} or any endpoint there`;
    case 'Waiting':
      return paint(`waiting for ${event.details.what}`, 'dim', color);
    case 'Stripped':
      return `${refText(event.details.object)}: no controller serves its finalizer ${event.details.finalizers.join(', ')}; removed`;
    case 'Blocked':
      return `${paint('blocked', 'yellow', color)}: ${event.details.what}\n${event.details.by.map((line) => `    ${line}`).join('\n')}`;
    case 'Notice':
      return paint(event.details.message, 'yellow', color);
  }
}
