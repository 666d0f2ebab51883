import { inEffect, type ServiceEffect } from '../../diagnose/facts/service.ts';
import type { MeshWideService, ServiceFlow } from '../../predict/scenario/services.ts';
import type { LatencyQuantile } from '../../report/latency.ts';
import { apiVersion } from '../../report/schema.ts';
import type { MeshWideService as ReportedService, ServiceReport } from '../../report/service.ts';
import { allOf, type LatencyFlow, type Quantile, quantileOf } from '../../shift/latency.ts';
import type { FlowCount } from '../../shift/requests.ts';

/** A MeshService with its effect in each cluster. */
export interface ServicePolicy {
  readonly namespace: string;
  readonly name: string;
  readonly effects: readonly { readonly cluster: string; readonly effect: ServiceEffect }[];
}

export interface ServicesReading {
  readonly mesh: string | undefined;
  readonly services: readonly MeshWideService[];
  /** By host. */
  readonly policies: ReadonlyMap<string, readonly ServicePolicy[]>;
  readonly unread: ServiceReport['unread'];
  /** What sidecars counted; left out where they were not asked. */
  readonly measured?: MeasuredFlows | undefined;
}

export interface MeasuredFlows {
  readonly flows: readonly FlowCount[];
  readonly latency: readonly LatencyFlow[];
  /** The clusters of the mesh: any other name is not known to be one. */
  readonly clusters: ReadonlySet<string>;
}

export function serviceReport({ mesh, services, policies, unread, measured }: ServicesReading): ServiceReport {
  const reported = services.map((service) => ({
    ...reportedService(service, policies.get(service.host) ?? []),
    ...(measured === undefined ? {} : { measured: measuredOf(service.host, measured) }),
  }));
  const verdict = together([
    ...reported.map((service) => service.verdict),
    ...(unread.length === 0 ? [] : (['Unknown'] as const)),
  ]);
  return {
    apiVersion,
    kind: 'ServiceReport',
    ...(mesh === undefined ? {} : { mesh }),
    ok: verdict === 'Yes',
    verdict,
    unread,
    services: reported,
  };
}

type Measured = NonNullable<ReportedService['measured']>;

function measuredOf(host: string, { flows, latency, clusters }: MeasuredFlows): Measured {
  const own = flows.filter((flow) => flow.host === host);
  return own.map(({ from, requests, errors, answered }) => {
    const whole = Object.values(answered).reduce((sum, count) => sum + count, 0);
    const shares = Object.entries(answered).flatMap(([cluster, count]) =>
      count === 0 ? [] : [[cluster, Math.round((10_000 * count) / whole) / 100] as const],
    );
    const took = latency.filter((flow) => flow.host === host && flow.from === from);
    const sorted = Object.fromEntries(shares.toSorted());
    return { from, requests, failed: errors, shares: sorted, latency: latencyOf(took, clusters) };
  });
}

function latencyOf(flows: readonly LatencyFlow[], clusters: ReadonlySet<string>): Measured[number]['latency'] {
  const byCluster = Map.groupBy(flows, ({ cluster }) => (clusters.has(cluster) ? cluster : 'unknown'));
  return [...byCluster]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([to, found]) => {
      const together = allOf(found.map(({ histogram }) => histogram));
      const [p50, p99] = [quantileOf(together, 0.5), quantileOf(together, 0.99)];
      return p50 === undefined || p99 === undefined ? [] : [{ to, p50: reported(p50), p99: reported(p99) }];
    });
}

function reported({ ms, fromMs, toMs, requests }: Quantile): LatencyQuantile {
  return { ms: Math.round(ms * 1000) / 1000, fromMs, toMs: toMs ?? null, requests };
}

type Verdict = ServiceReport['verdict'];

/** What is known to be wrong outweighs what is not known. */
function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('No')) return 'No';
  return verdicts.includes('Unknown') ? 'Unknown' : 'Yes';
}

function reportedService(service: MeshWideService, policies: readonly ServicePolicy[]): ReportedService {
  const { host, name, namespace, kind, ports, clusters, endpoints, rules, flows } = service;
  const reportedPolicies = policies.map(reportedPolicy);
  // That nobody serves a service may be meant.
  const lost = endpoints.size > 0 && flows.some(({ outcome }) => outcome === 'Lost');
  const effects = reportedPolicies.flatMap((policy) => policy.clusters.map((one) => one.inEffect));
  return {
    ...{ host, name, namespace, type: kind, ports, clusters },
    endpoints: Object.fromEntries(endpoints),
    policies: reportedPolicies,
    rules: rules.map(({ isOurs, ...rule }) => ({ ...rule, owner: isOurs ? 'Isthmus' : 'Other' })),
    flows: flows.map(reportedFlow),
    verdict: together([
      lost ? 'No' : 'Yes',
      ...flows.map(({ outcome }) => (outcome === 'Open' ? 'Unknown' : 'Yes')),
      ...effects.map((effect) => (effect === 'Unused' ? 'Yes' : effect)),
    ]),
  };
}

function reportedFlow({ outcome, shares, ...rest }: ServiceFlow): ReportedService['flows'][number] {
  const rounded = [...shares].map(([cluster, share]) => [cluster, Math.round(share * 100) / 100] as const);
  return {
    ...rest,
    outcome: outcome === 'Open' ? 'Unknown' : outcome,
    shares: Object.fromEntries(rounded.toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
}

function reportedPolicy({ namespace, name, effects }: ServicePolicy): ReportedService['policies'][number] {
  return {
    namespace,
    name,
    policy: effects[0]?.effect.policy ?? '',
    clusters: effects.map(({ cluster, effect }) => ({
      cluster,
      inEffect: inEffect(effect),
      reasons: reasonsOf(effect),
    })),
  };
}

function reasonsOf({ effect }: ServiceEffect): readonly string[] {
  switch (effect.state) {
    case 'Yes':
      return effect.exceptions;
    case 'No':
      return effect.obstacles.map(({ message }) => message);
    case 'Unknown':
      return [effect.why];
    case 'Unused':
      return [];
  }
}
