import { textAt } from '../base/json.ts';
import type { HeldFacts } from '../diagnose/facts/mesh-objects.ts';
import type { KubeObject } from '../objects/object.ts';
import { conditionOf } from '../objects/pod-problem.ts';
import { differencesOf } from '../observe/endpoint-differences.ts';
import { slicesOf } from '../observe/endpoint-slices.ts';
import type { HeldOfPeer } from '../observe/held-endpoints.ts';

/** Kubernetes and istiod tell of a pod at different times: what differs for so long, in milliseconds, is not on its way. */
const soonMs = 60_000;

/** The addresses of pods that have been ready since then. */
function readyBefore(objects: readonly KubeObject[], time: number): ReadonlySet<string> {
  const pods = objects.filter(({ kind }) => kind === 'Pod');
  return new Set(
    pods.flatMap((pod) => {
      const ready = conditionOf(pod, 'Ready');
      const since = Date.parse(textAt(ready, ['lastTransitionTime']) ?? '');
      const address = textAt(pod, ['status', 'podIP']);
      return ready?.status === 'True' && since < time && address !== undefined ? [address] : [];
    }),
  );
}

/** What one istiod holds of a peer, against what the peer's Services have. */
export function heldFacts(
  cluster: string,
  held: HeldOfPeer,
  { objects, readAt }: { readonly objects: readonly KubeObject[]; readonly readAt: string },
): Omit<HeldFacts, 'hasAddress'> {
  const { pod, peer, isSynced, endpoints, gateways } = held;
  const slices = slicesOf(objects);
  const lasting = readyBefore(objects, Date.parse(readAt) - soonMs);
  const missing = differencesOf(held, { slices, readsAll: true, others: new Set() }).filter(
    ({ what }) => what === 'Missing',
  );
  return {
    ...{ cluster, pod, peer, isSynced, endpoints: endpoints.length, gateways: gateways.length },
    served: [...slices.services.values()].reduce((sum, { ready }) => sum + ready.size, 0),
    missing: missing.length,
    overdue: missing.filter(({ address }) => lasting.has(address)).length,
  };
}
