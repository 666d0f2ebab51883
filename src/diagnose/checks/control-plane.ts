import type { Finding } from '../../base/finding.ts';
import { kubectl, type Remedy, remedy, run } from '../../base/remedy.ts';
import { type Reading, seen } from '../facts/reading.ts';
import type { ClusterFacts, RolloutFacts } from '../facts/status.ts';

/** What keeps the istiod of a cluster from serving it. */
export function controlPlaneFindings(
  { cluster, istiod }: Pick<ClusterFacts, 'cluster' | 'istiod'>,
  { at, context }: Reading,
): readonly Finding[] {
  const { runsIn } = istiod;
  const isHere = runsIn === cluster;
  const fact = rolloutFact(istiod);
  if (fact === undefined) return [];
  return [
    {
      code: 'control-plane-not-ready',
      severity: 'error',
      category: 'Lifecycle',
      cluster,
      message: `${isHere ? 'istiod' : `its istiod in ${runsIn}`}: ${fact}`,
      remedy: podsRemedy(istiod, isHere ? lookAt(context, 'app=istiod') : `look at the pods of istiod in ${runsIn}`),
      evidence: seen(fact, `${runsIn}: Deployment of istiod`, at),
    },
  ];
}

/** What keeps requests of other networks from coming in through the east-west gateway of a cluster. */
export function gatewayFindings(
  { cluster, gateway }: Pick<ClusterFacts, 'cluster' | 'gateway'>,
  { at, context }: Reading,
): readonly Finding[] {
  if (gateway === undefined) return [];
  const source = `${cluster}: east-west gateway`;
  const base = { severity: 'error', category: 'Network', cluster } as const;
  const rollout = rolloutFact(gateway);
  const findings: Finding[] = [];
  if (rollout !== undefined) {
    findings.push({
      ...base,
      code: 'gateway-not-ready',
      message: `east-west gateway: ${rollout}`,
      remedy: podsRemedy(gateway, lookAt(context, 'istio=eastwestgateway')),
      evidence: seen(rollout, source, at),
    });
  }
  if (gateway.address === undefined) {
    findings.push({
      ...base,
      code: 'gateway-address',
      message: 'east-west gateway: no address',
      remedy: `look at the events of its Service: usually the cluster has no load balancer, or its quota is used up; spec.gateway of MeshCluster ${cluster} has other ways to reach it`,
      evidence: seen('its Service has no address', source, at),
    });
  }
  return findings;
}

function rolloutFact({ complete, available, wanted }: RolloutFacts): string | undefined {
  if (wanted === 0) return 'it does not exist, is scaled to 0 or is out of reach';
  return complete ? undefined : `${available} of ${wanted} available`;
}

function podsRemedy({ wanted }: RolloutFacts, look: Remedy): Remedy {
  return wanted === 0 ? remedy`make it with ${run('apply')}` : look;
}

function lookAt(context: string, selector: string): Remedy {
  const pods = kubectl('--context', context, '-n', 'istio-system', 'get', 'pods', '-l', selector);
  return remedy`see what its pods wait for: ${pods}`;
}
