import type { Finding } from '../../../base/finding.ts';
import { type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts } from '../../facts/status.ts';
import { fixOf, lookAt, remedyOf, rolloutFact, severityOf } from './rollout.ts';

/** What keeps requests from outside the mesh from coming in through the ingress gateway of a cluster. */
export function ingressFindings(
  { cluster, ingress }: Pick<ClusterFacts, 'cluster' | 'ingress'>,
  { at, context }: Reading,
): readonly Finding[] {
  if (ingress === undefined || ingress === null) return [];
  const source = `${cluster}: ingress gateway`;
  const base = { category: 'Network', cluster } as const;
  const rollout = rolloutFact(ingress);
  const findings: Finding[] = [];
  if (rollout !== undefined) {
    const place = {
      context,
      workload: 'deployment/istio-ingressgateway',
      look: lookAt(context, 'istio=ingressgateway'),
    };
    findings.push({
      ...base,
      code: 'ingress-not-ready',
      severity: severityOf(ingress),
      message: `ingress gateway: ${rollout}`,
      // Beside an Istio of another owner it is ours too.
      remedy: remedyOf('Rendered', ingress, place),
      ...fixOf('Rendered', ingress, place),
      evidence: seen(rollout, source, at),
    });
  }
  if (ingress.address === undefined && ingress.awaitsAddress) {
    findings.push({
      ...base,
      code: 'ingress-address',
      severity: 'error',
      message: 'ingress gateway: no address',
      remedy: 'look at the events of its Service: usually the cluster has no load balancer, or its quota is used up',
      evidence: seen('its Service has no address', source, at),
    });
  }
  return findings;
}
