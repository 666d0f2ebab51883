import type { ConnectedEvent, EngineEvent, UnverifiedEvent } from '../../engine/events.ts';
import { guardLine, isGuardEvent } from '../apply/guard.ts';
import { progressLine } from '../apply/progress.ts';
import { drillLine } from '../drill/progress.ts';
import { shiftLine } from '../shift/progress.ts';
import { removalLine } from '../uninstall/progress.ts';
import { verifyLine } from '../verify/progress.ts';
import type { VoiceFlags } from './flags.ts';
import { visibleIn } from './foreign-text.ts';
import type { LiveState } from './live-block.ts';
import { liveStatesAfter } from './live-state.ts';
import { paint, type Terminal } from './terminal.ts';

/** Shows events as lines on stderr; where `quiet` is asked for, only what warns. */
export interface Reporter {
  readonly show: (event: EngineEvent) => void;
  /** Puts what follows a cluster's name into one column. */
  readonly alignTo: (clusters: readonly string[]) => void;
}

export function createReporter({ stderr, color, live }: Terminal, { quiet }: VoiceFlags = {}): Reporter {
  let width = 0;
  const states = new Map<string, LiveState>();
  return {
    show: (event) => {
      if (quiet === true && event.type !== 'Unverified') return;
      const shown = visibleIn(event);
      if (isLine(event, live !== undefined)) stderr(lineOf(shown, { width, color }));
      if (live === undefined) return;
      for (const [cluster, state] of liveStatesAfter(shown, states)) {
        states.set(cluster, state);
        live.show(cluster, state);
      }
    },
    alignTo: (clusters) => {
      width = Math.max(0, ...clusters.map((name) => name.length));
    },
  };
}

function isLine({ type }: EngineEvent, isLive: boolean): boolean {
  // What a cluster waits for is in its line, with the seconds, as long as it waits.
  if (type === 'Waiting') return !isLive;
  // What was counted when it was judged is a line, or in the report.
  return type !== 'Counted' && type !== 'Watched';
}

export interface LineOptions {
  /** The column of a cluster's name. */
  readonly width: number;
  readonly color: boolean;
}

function lineOf(event: EngineEvent, options: LineOptions): string {
  if (event.type === 'Connected') return connectedLine(event, options);
  if (event.type === 'Unverified') return unverifiedLine(event, options);
  if (isGuardEvent(event)) return guardLine(event, options);
  switch (event.operation) {
    case 'apply':
    case 'renewTrust':
      return progressLine(event, options);
    case 'leave':
    case 'uninstall':
      return removalLine(event, options);
    case 'drill':
      return drillLine(event, options);
    case 'shift':
      return shiftLine(event, options);
    case 'verify':
      return verifyLine(event, options);
    case 'snapshot':
      return `not read: ${event.details.message}\n`;
  }
}

function connectedLine({ cluster, details }: ConnectedEvent, { width }: LineOptions): string {
  const { server, kubernetes, user } = details;
  return `${cluster.padEnd(width)}  ${server}, Kubernetes ${kubernetes}, as ${user ?? '?'}\n`;
}

function unverifiedLine({ cluster, details }: UnverifiedEvent, { width, color }: LineOptions): string {
  const words = `the certificate of ${details.server} is not checked (insecure-skip-tls-verify): anybody on the way can be that server`;
  return `${cluster.padEnd(width)}  ${paint(`warning: ${words}`, 'yellow', color)}\n`;
}
