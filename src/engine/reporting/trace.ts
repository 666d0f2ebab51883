import type { GatewayPassage } from '../../discovery/endpoints/east-west.ts';
import type { ExcludedEndpoint } from '../../discovery/values/answer.ts';
import type { TraceFinding } from '../../predict/request/finding.ts';
import { passagesOf, type Trace, type TracedDestination } from '../../predict/request/trace.ts';
import { apiVersion } from '../../report/schema.ts';
import type {
  TracedDestination as ReportedDestination,
  ExcludedEndpoint as ReportedExcluded,
  TraceFinding as ReportedFinding,
  TracedGateway,
  Trace as TraceReport,
} from '../../report/trace.ts';
import type { LiveComparison as ReportedComparison } from '../../report/trace-live.ts';
import type { LiveComparison } from '../live-comparison.ts';
import { reportedFinding } from './finding.ts';

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
    verdict: trace.verdict,
    delivered: trace.delivered,
    deliveredShare: trace.deliveredShare,
    notJudgedShare: trace.notJudgedShare,
    findings: trace.findings.map(reportedShare),
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
  const { hops: _, assumptions: __, excluded, findings, ...rest } = destination;
  return {
    ...rest,
    excluded: excluded.map(reportedExcluded),
    findings: findings.map(reportedShare),
    gateways: passagesOf(destination).map(reportedGateway),
  };
}

function reportedShare({ share, ...finding }: TraceFinding): ReportedFinding {
  return { ...reportedFinding(finding), share };
}

function reportedExcluded({ address, cluster, reason, explanation }: ExcludedEndpoint): ReportedExcluded {
  return { address, cluster, reason, message: explanation };
}

function reportedGateway(passage: GatewayPassage): TracedGateway {
  const { cluster, service } = passage;
  if (passage.outcome === 'Passed') {
    const { answer } = passage;
    return {
      cluster,
      service,
      passed: true,
      envoyCluster: answer.envoyCluster.name,
      effective: answer.effective,
      problem: null,
    };
  }
  const problem = { code: passage.code, message: passage.explanation };
  return { cluster, service, passed: false, envoyCluster: null, effective: [], problem };
}

function reportedComparison({ destinations, request, notes, agrees }: LiveComparison): ReportedComparison {
  return {
    destinations,
    request: request === null ? null : reportedRequest(request),
    notes,
    agrees,
  };
}

function reportedRequest({ problem, ...rest }: NonNullable<LiveComparison['request']>) {
  return {
    ...rest,
    message: problem,
  };
}
