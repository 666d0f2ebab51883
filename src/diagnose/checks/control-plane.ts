import type { Finding } from '../../base/finding.ts';
import { type Action, kubectl, type Remedy, remedy, run } from '../../base/remedy.ts';
import { type Reading, seen } from '../facts/reading.ts';
import type { ClusterFacts, RolloutFacts } from '../facts/status.ts';

/** What keeps the istiod of a cluster from serving it. */
export function controlPlaneFindings(
  { cluster, istiod, istio }: Pick<ClusterFacts, 'cluster' | 'istiod' | 'istio'>,
  { at, context }: Reading,
): readonly Finding[] {
  if (istiod === null) return [];
  const { runsIn } = istiod;
  const isHere = runsIn === cluster;
  const fact = rolloutFact(istiod);
  if (fact === undefined) return [];
  const place = { context, workload: 'deployment/istiod', look: lookAt(context, 'app=istiod') };
  return [
    {
      code: 'control-plane-not-ready',
      severity: severityOf(istiod),
      category: 'Lifecycle',
      cluster,
      message: `${isHere ? 'istiod' : `its istiod in ${runsIn}`}: ${fact}`,
      remedy: isHere ? remedyOf(istio, istiod, place) : `look at the pods of istiod in ${runsIn}`,
      ...(isHere ? fixOf(istio, istiod, place) : {}),
      evidence: seen(fact, `${runsIn}: Deployment of istiod`, at),
    },
  ];
}

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

/** What is not done of a rollout, in the one way that is true; undefined where it is complete. */
function rolloutFact(rollout: RolloutFacts): string | undefined {
  const { exists, complete, available, wanted, updated, stalled, scaledBy } = rollout;
  if (!exists) return 'it does not exist';
  if (wanted === 0) return `it is scaled to 0${scaledBy === undefined ? '' : ` (by ${scaledBy})`}`;
  if (complete) return undefined;
  if (stalled !== undefined) return `the rollout has stalled with ${updated} of ${wanted} updated: ${stalled}`;
  return isRolling(rollout) ? `rolling out: ${updated} of ${wanted} updated` : `${available} of ${wanted} available`;
}

/** Enough pods serve, and some of them are still of an older spec. */
function isRolling({ complete, available, wanted, stalled }: RolloutFacts): boolean {
  return !complete && stalled === undefined && wanted > 0 && available >= wanted;
}

function severityOf(rollout: RolloutFacts): Finding['severity'] {
  return isRolling(rollout) ? 'warning' : 'error';
}

interface RolloutPlace {
  readonly context: string;
  readonly workload: string;
  readonly look: Remedy;
}

/** What someone else installed has names of its own, and no apply makes it. */
function remedyOf(istio: ClusterFacts['istio'], rollout: RolloutFacts, place: RolloutPlace): Remedy {
  if (istio !== 'Installed') return rolloutRemedy(rollout, place);
  if (!rollout.exists)
    return 'install it there, as that Istio was installed: an adopted Istio is left to whoever installed it';
  return rollout.wanted === 0 ? 'scale its Deployment up again' : 'see what its pods wait for';
}

function rolloutRemedy(rollout: RolloutFacts, { context, workload, look }: RolloutPlace): Remedy {
  if (!rollout.exists) return remedy`make it with ${run('apply')}`;
  if (rollout.wanted === 0) {
    return remedy`scale it up again: ${scaled(context, workload, 1)}`;
  }
  return isRolling(rollout) ? 'wait until the rollout has ended' : look;
}

/** What of the remedy can be carried out: what someone else installed is left to them. */
function fixOf(
  istio: ClusterFacts['istio'],
  { exists, wanted }: RolloutFacts,
  { context, workload }: RolloutPlace,
): Pick<Finding, 'fix' | 'undo'> {
  if (istio === 'Installed') return {};
  if (!exists) return { fix: [run('apply')] };
  if (wanted > 0) return {};
  return { fix: [scaled(context, workload, 1)], undo: [scaled(context, workload, 0)] };
}

function scaled(context: string, workload: string, replicas: number): Action {
  return kubectl('--context', context, '-n', 'istio-system', 'scale', workload, `--replicas=${replicas}`);
}

function lookAt(context: string, selector: string): Remedy {
  const pods = kubectl('--context', context, '-n', 'istio-system', 'get', 'pods', '-l', selector);
  return remedy`see what its pods wait for: ${pods}`;
}
