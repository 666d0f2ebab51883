import type { Clock } from '../base/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ClusterRun, VerifyReporter } from './cluster-run.ts';
import type { ClusterResult } from './report.ts';

/** `Delete` asks for the deletion of the namespaces, `DeleteAndWait` waits until they are gone, `Keep` leaves them to expire. */
export type CleanUp = 'Delete' | 'DeleteAndWait' | 'Keep';

export interface CleanUpOptions {
  readonly mode: CleanUp;
  readonly clock: Clock;
  readonly report: VerifyReporter;
}

const deleteTimeoutMs = 10_000;
const goneTimeoutMs = 60_000;
const goneRetryMs = 200;

/**
 * Deletes a run's namespace in one cluster, whatever ended the run: it has time limits of its own and no signal.
 * Never rejects; what it could not delete expires by itself.
 */
export async function cleanUp(run: ClusterRun, client: KubeClient, options: CleanUpOptions): Promise<void> {
  if (run.state.cleanUp === 'Nothing') return;
  if (options.mode === 'Keep') {
    run.record({ type: 'CleanedUp', outcome: 'Nothing' });
    return;
  }
  const outcome = await deleted(run.spec.namespace, client, options).catch(() => 'Failed' as const);
  run.record({ type: 'CleanedUp', outcome });
  options.report({ type: 'CleanUp', cluster: run.member.name, details: { outcome } });
}

async function deleted(
  name: string,
  client: KubeClient,
  { mode, clock }: CleanUpOptions,
): Promise<ClusterResult['cleanUp']> {
  const ref = { apiVersion: 'v1', kind: 'Namespace', name };
  const outcome = await client.delete(ref, { timeoutMs: deleteTimeoutMs });
  if (outcome === 'absent') return 'Gone';
  if (mode === 'Delete') return 'Requested';
  const until = clock.monotonic() + goneTimeoutMs;
  while (clock.monotonic() < until) {
    if ((await client.get(ref, { timeoutMs: deleteTimeoutMs })) === undefined) return 'Gone';
    await clock.sleep(goneRetryMs);
  }
  return 'Requested';
}
