import { inEffect, type ServiceEffect } from '../../diagnose/facts/service.ts';
import type { MeshWideService, ServiceFlow } from '../../predict/scenario/services.ts';
import { apiVersion } from '../../report/schema.ts';
import type { MeshWideService as ReportedService, ServiceReport } from '../../report/service.ts';
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
  readonly measured?: readonly FlowCount[] | undefined;
}

export function serviceReport({ mesh, services, policies, unread, measured }: ServicesReading): ServiceReport {
  const reported = services.map((service) => ({
    ...reportedService(service, policies.get(service.host) ?? []),
    ...(measured === undefined ? {} : { measured: measuredOf(measured.filter(({ host }) => host === service.host)) }),
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

function measuredOf(flows: readonly FlowCount[]): NonNullable<ReportedService['measured']> {
  return flows.map(({ from, requests, errors, answered }) => {
    const whole = Object.values(answered).reduce((sum, count) => sum + count, 0);
    const shares = Object.entries(answered).flatMap(([cluster, count]) =>
      count === 0 ? [] : [[cluster, Math.round((10_000 * count) / whole) / 100] as const],
    );
    return { from, requests, failed: errors, shares: Object.fromEntries(shares.toSorted()) };
  });
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
