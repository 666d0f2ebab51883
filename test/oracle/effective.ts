import type { EnvoyHost } from '../../lab/src/oracle/oracle.ts';
import type { EdsAnswer, EffectiveEndpoint, Query } from '../../src/discovery/values/answer.ts';

/** The question that a cluster of Envoy answers, undefined for clusters that are for no service. */
export function queryOf(cluster: string): Query | undefined {
  const isPassthrough = cluster.startsWith('outbound_.');
  const [direction, port, subset, host, ...rest] = cluster.split(isPassthrough ? '_.' : '|');
  if (direction !== 'outbound' || port === undefined || subset === undefined || !host || rest.length > 0) {
    return undefined;
  }
  return { host, port: Number(port), subset, mode: isPassthrough ? 'sni-dnat' : 'outbound' };
}

/** What Envoy shows of a host; all that decides about its share, but for the load balancer's own choice. */
function hostText({ address, priority, weight, locality, health }: EnvoyHost | EffectiveEndpoint): string {
  return `${address} priority ${priority} weight ${weight} in ${locality.replace(/\/+$/, '') || '(none)'} ${health}`;
}

/**
 * The hosts that Envoy should have by the prediction and those that it has, each as a sorted list of texts; undefined
 * where chance decides which of two copies of an address in one group comes first.
 */
export function effectiveHosts(
  predicted: Extract<EdsAnswer, { outcome: 'Answer' }>,
  actual: readonly EnvoyHost[],
): { readonly predicted: readonly string[]; readonly actual: readonly string[] } | undefined {
  const groups = predicted.endpoints.map(({ address, locality, priority }) => `${address} ${locality} ${priority}`);
  if (new Set(groups).size < groups.length) return undefined;
  return { predicted: predicted.effective.map(hostText).sort(), actual: actual.map(hostText).sort() };
}
