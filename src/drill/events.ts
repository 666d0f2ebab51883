import type { Clock } from '../base/clock.ts';
import { type EventContent, type MeshEvent, stampOf } from '../base/event.ts';

interface OfDrill<Type extends string, Details extends object> extends MeshEvent<Type, Details> {
  readonly operation: 'drill';
}

interface OfCluster {
  readonly cluster: string;
}

/** What a drill reports while it works. */
export type DrillEvent =
  /** The throw-away namespaces are made in these clusters. */
  | OfDrill<'Preparing', { readonly namespace: string; readonly clusters: readonly string[] }>
  /** Every caller is answered, and has been for some seconds. */
  | OfDrill<'Loaded', { readonly callers: readonly string[]; readonly perSecond: number }>
  /** The callers of the service that is to be broken are answered, and have been for some seconds. */
  | OfDrill<'Called', { readonly service: string; readonly callers: readonly string[] }>
  /** What repairs the fault runs in its cluster, and does so at this time at the latest. */
  | (OfDrill<'Armed', { readonly expiresAt: string }> & OfCluster)
  | (OfDrill<'Broken', { readonly fault: string; readonly objects: readonly string[]; readonly forMs: number }> &
      OfCluster)
  | (OfDrill<'Restored', { readonly restored: readonly string[]; readonly left: readonly string[] }> & OfCluster);

export type DrillReporter = (content: EventContent<DrillEvent>) => void;

export function drillReporter(clock: Clock, onEvent: (event: DrillEvent) => void): DrillReporter {
  return (content) => {
    const level = content.type === 'Broken' ? 'warning' : 'info';
    onEvent({ ...content, ...stampOf(clock, 'drill', level), operation: 'drill' });
  };
}
