import type { Clock } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import type { Remedy } from '../base/remedy.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Digest } from '../plan/change.ts';
import type { GuardReporter } from './events.ts';

/** What every part of a guarded change works with. */
export interface GuardContext {
  readonly mesh: string;
  /** Of every cluster of the mesh. */
  readonly clients: ReadonlyMap<string, KubeClient>;
  readonly holder: string;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly report: GuardReporter;
  readonly signal: AbortSignal;
}

export function refusedGuard(message: string, remedy: Remedy): IsthmusError {
  return new IsthmusError('guard-refused', `${message}; nothing was changed`, { remedy });
}
