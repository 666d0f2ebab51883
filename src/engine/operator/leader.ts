import { textAt, valueAt } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import { renewedAt } from '../../kube/lease.ts';
import type { KubeObject, ObjectRef } from '../../objects/object.ts';
import { operatorLease, systemNamespace } from '../../objects/ownership.ts';
import type { OperatorStatus } from '../../report/operator.ts';
import type { EnginePorts } from '../ports.ts';

/** The Lease by which operators elect one. */
export const leaderRef: ObjectRef = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  namespace: systemNamespace,
  name: operatorLease,
};

/** Who leads, by the Lease and the server's clock; null where nobody ever did, or gave it up. */
export function leaderOf(lease: KubeObject | undefined, now: number): OperatorStatus['leader'] {
  const holder = textAt(lease, ['spec', 'holderIdentity']) ?? '';
  const renewed = lease === undefined ? undefined : renewedAt(lease);
  if (holder === '' || renewed === undefined) return null;
  const ageSeconds = secondsSince(renewed, now);
  const seconds = valueAt(lease, ['spec', 'leaseDurationSeconds']);
  return { holder, ageSeconds, isExpired: typeof seconds === 'number' && ageSeconds > seconds };
}

/** The clock of the server, where its answers told how far it is behind ours. */
export function serverTime(client: KubeClient, { clock }: Pick<EnginePorts, 'clock'>): number {
  return clock.now() - (client.clockLagMs?.() ?? 0);
}

/** How long ago a moment was, in seconds; null where nothing says so. */
export function ageOf(moment: string | undefined, now: number): number | null {
  const at = moment === undefined ? Number.NaN : Date.parse(moment);
  return Number.isNaN(at) ? null : secondsSince(at, now);
}

function secondsSince(at: number, now: number): number {
  return Math.max(0, Math.round((now - at) / 1000));
}
