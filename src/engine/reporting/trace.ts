import type { GatewayPassage } from '../../discovery/endpoints/east-west.ts';
import type { ExcludedEndpoint, ReasonCode } from '../../discovery/values/answer.ts';
import { passagesOf, type Trace, type TracedDestination, type TraceFinding } from '../../predict/trace.ts';
import { apiVersion } from '../../report/schema.ts';
import type {
  ExclusionReason,
  TracedDestination as ReportedDestination,
  ExcludedEndpoint as ReportedExcluded,
  TraceFinding as ReportedFinding,
  TracedGateway,
  Trace as TraceReport,
} from '../../report/trace.ts';
import type { LiveComparison as ReportedComparison } from '../../report/trace-live.ts';
import type { LiveComparison } from '../live-comparison.ts';
import { kebabCode } from './kebab-code.ts';
import { untoldFinding } from './untold-finding.ts';

/**
 * The report of a trace. The fields at the top are those of the first destination, but `delivered`, `deliveredShare`
 * and `findings`, which are those of the request as a whole.
 */
export function traceReport(trace: Trace, live?: LiveComparison): TraceReport {
  const destinations = trace.destinations.map(reportedDestination);
  const [first] = destinations;
  const { cluster, namespace, workload, pod, proxy } = trace.from;
  return {
    apiVersion,
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
    findings: trace.findings.map(reportedFinding),
    from: { cluster, namespace, workload, pod, network: proxy.network },
    istiod: trace.istiod,
    request: trace.request,
    resolved: trace.resolved,
    protocol: trace.protocol,
    virtualService: trace.route?.outcome === 'Routed' ? trace.route.virtualService : null,
    destinations,
    assumptions: trace.assumptions,
    ...(live === undefined ? {} : { live: reportedComparison(live) }),
  };
}

function reportedDestination(destination: TracedDestination): ReportedDestination {
  const { hops: _, assumptions: __, cluster, excluded, findings, ...rest } = destination;
  return {
    ...rest,
    // merge: the field has this name already.
    envoyCluster: cluster,
    excluded: excluded.map(reportedExcluded),
    findings: findings.map(reportedFinding),
    gateways: passagesOf(destination).map(reportedGateway),
  };
}

/** merge: a trace's findings are findings already; then only their remedies are put into parts. */
function reportedFinding({ explanation, share }: TraceFinding): ReportedFinding {
  return { ...untoldFinding(explanation), share };
}

function reportedExcluded({ address, cluster, reason, explanation }: ExcludedEndpoint): ReportedExcluded {
  return { address, cluster, reason: reasons[reason], message: explanation };
}

function reportedGateway(passage: GatewayPassage): TracedGateway {
  const { cluster, service } = passage;
  if (passage.outcome === 'Passed') {
    const { answer } = passage;
    return {
      cluster,
      service,
      passed: true,
      envoyCluster: answer.cluster.name,
      effective: answer.effective,
      problem: null,
    };
  }
  const problem = { code: kebabCode(passage.code), message: passage.explanation };
  return { cluster, service, passed: false, envoyCluster: null, effective: [], problem };
}

function reportedComparison({ destinations, request, notes, agrees }: LiveComparison): ReportedComparison {
  return {
    // merge: `cluster` of Envoy's is called `envoyCluster` already in both.
    destinations: destinations.map(({ cluster, ...rest }) => ({ envoyCluster: cluster, ...rest })),
    request: request === null ? null : reportedRequest(request),
    notes,
    agrees,
  };
}

function reportedRequest({ problem, hosts, ...rest }: NonNullable<LiveComparison['request']>) {
  return {
    ...rest,
    message: problem,
    hosts: hosts?.map(({ cluster, ...host }) => ({ envoyCluster: cluster, ...host })) ?? null,
  };
}

/** merge: the model's reasons are in kebab-case already; then this table goes. */
const reasons = {
  WRONG_PORT_NAME: 'wrong-port-name',
  NOT_AN_IP: 'not-an-ip',
  SUBSET_MISMATCH: 'subset-mismatch',
  NODE_LOCAL: 'node-local',
  NETWORK_VIEW: 'network-view',
  CLUSTER_LOCAL: 'cluster-local',
  MCS_NOT_EXPORTED: 'mcs-not-exported',
  NO_ADDRESS_NO_GATEWAY: 'no-address-no-gateway',
  UNHEALTHY_SUPPRESSED: 'unhealthy-suppressed',
  TERMINATING: 'terminating',
  DRAINING: 'draining',
  NO_REACHABLE_GATEWAY_IPFAMILY: 'no-reachable-gateway-ipfamily',
  NO_MTLS_CROSS_NETWORK: 'no-mtls-cross-network',
  ENVOY_DUPLICATE: 'envoy-duplicate',
  ENVOY_REFUSED: 'envoy-refused',
  POD_NOT_FOUND: 'pod-not-found',
  REGISTRY_NOT_SYNCED: 'registry-not-synced',
  CLUSTER_ID_CONFLICT: 'cluster-id-conflict',
  BAD_KUBECONFIG: 'bad-kubeconfig',
  DISTRIBUTED_AWAY: 'distributed-away',
} as const satisfies Record<ReasonCode, ExclusionReason>;
