import { apiVersion } from '../../src/api/mesh.ts';
import type { Condition } from '../../src/api/mesh-cluster-status.ts';
import { valueAt } from '../../src/base/json.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { systemNamespace } from '../../src/objects/ownership.ts';

/** The conditions of a MeshCluster by their types. */
export type Conditions = ReadonlyMap<string, Condition>;
/** Those of every MeshCluster by its name. */
export type Fleet = ReadonlyMap<string, Conditions>;

const kind = { apiVersion, kind: 'MeshCluster' };

export function conditionsIn(object: KubeObject): Conditions {
  const found = valueAt(object, ['status', 'conditions']);
  const list = Array.isArray(found) ? (found as unknown as readonly Condition[]) : [];
  return new Map(list.map((one) => [one.type, one]));
}

/** Every state of the MeshClusters that the home cluster tells of, until the signal is aborted. */
export async function* fleetStates(client: KubeClient, signal: AbortSignal): AsyncGenerator<Fleet> {
  const known = new Map<string, Conditions>();
  for await (const event of client.watch(kind, { namespace: systemNamespace, signal })) {
    for (const object of event.type === 'Listed' ? event.objects : [event.object]) {
      known.set(object.metadata.name, conditionsIn(object));
    }
    yield known;
  }
}

export interface Awaiting {
  readonly until: (fleet: Fleet) => boolean;
  /** What an error says was awaited. */
  readonly awaited: string;
  readonly signal: AbortSignal;
  readonly limitMs?: number;
}

/** When the conditions were first seen as they are awaited, on the monotonic clock. */
export async function untilConditions(
  client: KubeClient,
  { until, awaited, signal, limitMs = 600_000 }: Awaiting,
): Promise<number> {
  const ending = new AbortController();
  const limit = AbortSignal.any([signal, ending.signal, AbortSignal.timeout(limitMs)]);
  let last: Fleet = new Map();
  try {
    for await (const fleet of fleetStates(client, limit)) {
      last = fleet;
      if (until(fleet)) return performance.now();
    }
  } finally {
    ending.abort();
  }
  signal.throwIfAborted();
  throw new Error(`not so after ${limitMs / 1000} s: ${awaited}. ${fleetText(last)}`);
}

export function areAvailable(names: readonly string[]): (fleet: Fleet) => boolean {
  return (fleet) => names.every((name) => fleet.get(name)?.get('Available')?.status === 'True');
}

function fleetText(fleet: Fleet): string {
  return [...fleet]
    .map(([name, conditions]) => `${name}: ${[...conditions.values()].map(conditionText).join(', ')}`)
    .join('; ');
}

export function conditionText({ type, status, reason, message }: Condition): string {
  return `${type}=${status} ${reason}${status === 'True' ? '' : ` (${message})`}`;
}
