import type { Clock } from '../base/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import type { DrillReporter } from './events.ts';

/** What every part of a drill works with. */
export interface DrillContext {
  readonly mesh: string;
  /** Of every cluster of the mesh. */
  readonly clients: ReadonlyMap<string, KubeClient>;
  readonly holder: string;
  readonly clock: Clock;
  readonly report: DrillReporter;
  readonly signal: AbortSignal;
}
