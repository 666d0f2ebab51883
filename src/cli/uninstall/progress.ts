import type { EngineEvent } from '../../engine/events.ts';
import { refText } from '../shell/ref-text.ts';
import { paint } from '../shell/terminal.ts';
import { removalStageNames } from './stage-names.ts';

type RemovalEvent = Extract<EngineEvent, { readonly operation: 'uninstall' }>;

/** One line for an event, with the cluster's name in a column of `width`. */
export function removalLine(event: RemovalEvent, { width, color }: { width: number; color: boolean }): string {
  return `${paint(event.cluster.padEnd(width), 'bold', color)}  ${eventText(event, color)}\n`;
}

function eventText(event: RemovalEvent, color: boolean): string {
  switch (event.type) {
    case 'Removed':
      return `${removalStageNames[event.stage]}: ${event.count} gone`;
    case 'Released':
      return `namespace ${event.namespace}: labels taken back`;
    case 'Disclaimed':
      return `definitions that stay: labels taken off ${event.count}`;
    case 'NamespaceRemoved':
      return `namespace ${event.namespace}: gone`;
    case 'Forgotten':
      return `istiod no longer knows ${event.removed} or any endpoint there`;
    case 'Waiting':
      return paint(`waiting for ${event.what}`, 'dim', color);
    case 'Stripped':
      return `${refText(event.object)}: nobody serves its finalizer ${event.finalizers.join(', ')}; taken off`;
    case 'Blocked':
      return `${paint('blocked', 'yellow', color)}: ${event.what}\n${event.by.map((line) => `    ${line}`).join('\n')}`;
    case 'Notice':
      return paint(event.message, 'yellow', color);
  }
}
