import type { DestinationRule } from '../rules/destination-rule.ts';
import { type MtlsJudge, mtlsJudge } from '../rules/mtls.ts';
import { effectivePolicy, type TrafficPolicy } from '../rules/traffic-policy.ts';
import type { Query } from '../values/answer.ts';
import type { IstiodView, Service, ServicePort } from '../values/model.ts';
import type { ProxyClient } from '../values/proxy-client.ts';

/** All that decides about one of Envoy's clusters and its endpoints. */
export interface EnvoyClusterRequest {
  readonly view: IstiodView;
  readonly client: ProxyClient;
  readonly service: Service;
  readonly port: ServicePort;
  readonly subset: string;
  readonly mode: Query['mode'];
  readonly rule: DestinationRule | undefined;
  readonly policy: TrafficPolicy | undefined;
  readonly judge: MtlsJudge;
}

/** A request without the client that asks. */
export type ClientlessRequest = Omit<EnvoyClusterRequest, 'client' | 'mode'>;

export function envoyClusterRequest(base: Omit<EnvoyClusterRequest, 'policy' | 'judge'>): EnvoyClusterRequest {
  const { view, rule, port, subset } = base;
  return {
    ...base,
    policy: rule === undefined ? undefined : effectivePolicy(rule, port.port, subset),
    judge: mtlsJudge(view, rule, { port: port.port, subset }),
  };
}

/** Whether Envoy finds the hosts by DNS: their names come with the cluster (CDS) rather than by EDS. */
export function resolvesByDns({ resolution }: Service): boolean {
  return resolution === 'DNS' || resolution === 'DNSRoundRobin';
}
