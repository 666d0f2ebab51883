import type { Clock } from '../base/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import { managedByLabel, managedByValue } from '../objects/ownership.ts';
import type { ClusterRun, VerifyReporter } from './cluster-run.ts';
import { expiresAnnotation, purposeLabel, purposeValue } from './manifests.ts';
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

/**
 * Deletes what earlier runs left and what has expired by now, and records their names.
 * Never rejects: a run does not fail for another's leftovers.
 */
export async function sweep(
  run: ClusterRun,
  client: KubeClient,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const labelSelector = `${managedByLabel}=${managedByValue},${purposeLabel}=${purposeValue}`;
  const options = { signal, timeoutMs: deleteTimeoutMs };
  try {
    for (const namespace of await client.list({ apiVersion: 'v1', kind: 'Namespace' }, { ...options, labelSelector })) {
      const { name, uid, annotations, deletionTimestamp } = namespace.metadata;
      const expires = Date.parse(annotations?.[expiresAnnotation] ?? '');
      if (!(expires < clock.now()) || deletionTimestamp !== undefined) continue;
      const ref = { apiVersion: 'v1', kind: 'Namespace', name };
      await client.delete(ref, uid === undefined ? options : { ...options, uid });
      run.record({ type: 'Swept', namespace: name });
    }
  } catch {
    // The next run sweeps again.
  }
}
