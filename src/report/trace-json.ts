import type { GatewayPassage } from '../discovery/endpoints/east-west.ts';
import type { EffectiveEndpoint } from '../discovery/values/answer.ts';
import type { LiveComparison } from '../engine/live-comparison.ts';
import { passagesOf, type Trace, type TracedDestination } from '../predict/request/trace.ts';

/** What a gateway on the way does with the request. */
interface GatewayJson {
  readonly cluster: string;
  /** `namespace/name` of its Service. */
  readonly service: string;
  readonly passed: boolean;
  /** Where it sends the request on to. */
  readonly effective: readonly EffectiveEndpoint[];
  /** Why it does not pass it on; null where it does. */
  readonly problem: { readonly code: string; readonly explanation: string } | null;
}

function gatewayJson(passage: GatewayPassage): GatewayJson {
  const { cluster, service } = passage;
  if (passage.outcome === 'Passed') {
    return { cluster, service, passed: true, effective: passage.answer.effective, problem: null };
  }
  const { code, explanation } = passage;
  return { cluster, service, passed: false, effective: [], problem: { code, explanation } };
}

function destinationJson(destination: TracedDestination) {
  const { hops: _, assumptions: __, ...rest } = destination;
  return { ...rest, gateways: passagesOf(destination).map(gatewayJson) };
}

/**
 * What `isthmus trace -o json` prints. A stable contract (docs/json.md): the fields at the top are those of the first
 * destination, but `delivered`, `deliveredShare` and `findings`, which are those of the request as a whole.
 */
export function traceJson(trace: Trace, live?: LiveComparison) {
  const [first] = trace.destinations;
  const { cluster, namespace, workload, pod, proxy } = trace.from;
  return {
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'Trace',
    host: first?.host ?? trace.resolved.host,
    port: first?.port ?? trace.request.port,
    subset: first?.subset ?? trace.request.subset,
    envoyCluster: first?.envoyCluster ?? null,
    endpoints: first?.endpoints ?? [],
    effective: first?.effective ?? [],
    excluded: first?.excluded ?? [],
    delivered: trace.delivered,
    deliveredShare: trace.deliveredShare,
    findings: trace.findings,
    from: { cluster, namespace, workload, pod, network: proxy.network },
    istiod: trace.istiod,
    request: trace.request,
    resolved: trace.resolved,
    protocol: trace.protocol,
    virtualService: trace.route?.outcome === 'Routed' ? trace.route.virtualService : null,
    destinations: trace.destinations.map(destinationJson),
    assumptions: trace.assumptions,
    ...(live === undefined ? {} : { live }),
  };
}
