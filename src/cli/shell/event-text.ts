import type { ConnectedEvent, EngineEvent } from '../../engine/events.ts';
import { progressLine } from '../apply/progress.ts';
import { removalLine } from '../uninstall/progress.ts';
import { verifyLine } from '../verify/progress.ts';
import type { Terminal } from './terminal.ts';

/** Shows events as lines on stderr. */
export interface Reporter {
  readonly show: (event: EngineEvent) => void;
  /** Puts what follows a cluster's name into one column. */
  readonly alignTo: (clusters: readonly string[]) => void;
}

export function createReporter({ stderr, color }: Terminal): Reporter {
  let width = 0;
  return {
    show: (event) => stderr(lineOf(event, { width, color })),
    alignTo: (clusters) => {
      width = Math.max(0, ...clusters.map((name) => name.length));
    },
  };
}

export interface LineOptions {
  /** The column of a cluster's name. */
  readonly width: number;
  readonly color: boolean;
}

function lineOf(event: EngineEvent, options: LineOptions): string {
  switch (event.operation) {
    case 'apply':
      return progressLine(event, options);
    case 'uninstall':
      return removalLine(event, options);
    case 'verify':
      return verifyLine(event, options);
    case 'connect':
      return connectedLine(event, options);
    case 'snapshot':
      return `not read: ${event.message}\n`;
  }
}

function connectedLine({ cluster, server, kubernetes, user }: ConnectedEvent, { width }: LineOptions): string {
  return `${cluster.padEnd(width)}  ${server}, Kubernetes ${kubernetes}, as ${user ?? '?'}\n`;
}
