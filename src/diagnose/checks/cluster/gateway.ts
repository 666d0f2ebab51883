import type { Finding } from '../../../base/finding.ts';
import { type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts } from '../../facts/status.ts';
import { fixOf, lookAt, remedyOf, rolloutFact, severityOf } from './rollout.ts';

/** What keeps requests of other networks from coming in through the east-west gateway of a cluster. */
export function gatewayFindings(
  { cluster, gateway, istio }: Pick<ClusterFacts, 'cluster' | 'gateway' | 'istio'>,
  { at, context }: Reading,
): readonly Finding[] {
  if (gateway === undefined || gateway === null) return [];
  const source = `${cluster}: east-west gateway`;
  const base = { category: 'Network', cluster } as const;
  const rollout = rolloutFact(gateway);
  const findings: Finding[] = [];
  if (rollout !== undefined) {
    const place = {
      context,
      workload: 'deployment/istio-eastwestgateway',
      look: lookAt(context, 'istio=eastwestgateway'),
    };
    findings.push({
      ...base,
      code: 'gateway-not-ready',
      severity: severityOf(gateway),
      message: `east-west gateway: ${rollout}`,
      remedy: remedyOf(istio, gateway, place),
      ...fixOf(istio, gateway, place),
      evidence: seen(rollout, source, at),
    });
  }
  if (gateway.address === undefined) {
    findings.push({
      ...base,
      code: 'gateway-address',
      severity: 'error',
      message: 'east-west gateway: no address',
      remedy: `look at the events of its Service: usually the cluster has no load balancer, or its quota is used up; spec.gateway of MeshCluster ${cluster} has other ways to reach it`,
      evidence: seen('its Service has no address', source, at),
    });
  }
  return findings;
}
