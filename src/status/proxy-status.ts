import type { Clock } from '../base/clock.ts';
import type { ProxyFacts } from '../diagnose/facts/proxies.ts';
import type { ServingIstiod } from '../observe/proxies.ts';
import type { ProxyPod } from '../observe/proxy-pods.ts';
import type { ClusterTopology } from '../topology/topology.ts';

/** What was read of the proxies of a cluster. */
export interface ProxyReadings {
  readonly pods: readonly ProxyPod[];
  /** The istiods that serve the cluster; null where they could not be asked. */
  readonly serving: readonly ServingIstiod[] | null;
  readonly askAgain: () => Promise<readonly ServingIstiod[] | null>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Proxies have come back to an istiod that is ready for so long, in milliseconds: Envoy tries again within 30 s. */
const settledMs = 30_000;
/** A proxy changes its connection every half an hour, and is nowhere for a moment. */
const reconnectMs = 3_000;

/** The proxies of the mesh in a cluster, with whether an istiod serves them. */
export async function proxyFacts(
  { revision, previousRevision }: Pick<ClusterTopology, 'revision' | 'previousRevision'>,
  { pods, serving, askAgain, clock, signal }: ProxyReadings,
): Promise<readonly ProxyFacts[]> {
  const own = pods.filter((pod) => pod.revision === revision || pod.revision === previousRevision);
  const unknown = own.map((pod) => ({ ...pod, isServed: undefined }));
  if (serving === null || !isSettled(serving, clock)) return unknown;
  let served = servedBy(serving);
  const isMissing = (pod: ProxyPod): boolean =>
    pod.revision === revision && pod.runsSince !== undefined && !served.has(keyOf(pod));
  if (own.some(isMissing)) {
    await clock.sleep(reconnectMs, signal);
    const again = await askAgain();
    if (again === null) return unknown;
    served = new Set([...served, ...servedBy(again)]);
  }
  return own.map((pod) => ({ ...pod, isServed: pod.revision === revision ? served.has(keyOf(pod)) : undefined }));
}

function isSettled(serving: readonly ServingIstiod[], clock: Clock): boolean {
  return (
    serving.length > 0 &&
    serving.every(({ readySince }) => readySince !== undefined && clock.now() - Date.parse(readySince) >= settledMs)
  );
}

function servedBy(serving: readonly ServingIstiod[]): ReadonlySet<string> {
  return new Set(serving.flatMap(({ proxies }) => proxies.map(keyOf)));
}

function keyOf({ cluster, namespace, name }: Pick<ProxyPod, 'cluster' | 'namespace' | 'name'>): string {
  return `${cluster}/${namespace}/${name}`;
}
